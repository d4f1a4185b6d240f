"""A failover on a server whose promotion answers 200 and does nothing: it is not believed."""

import json
import tomllib

import pytest
import tomli_w

from elsewhere.servers import Moto
from headless import Headless, hurried
from lab import Lab
from watched.estate import Estate
from watched.truth import record_sets

WHY = "there is nothing here that could say it"


class Drill:
    def __init__(self, folder):
        with Lab("tier2", speed=1) as lab:
            config = tomllib.loads(lab.config_file.read_text())
        self.server = Moto(furnished=False)
        try:
            self.config = Estate(self.server, config).config
            self.workload = self.config["workload"][0]
            self.secret_before = self.secret()
            file = folder / "drlab.toml"
            file.write_text(tomli_w.dumps({"workload": [self.workload]}))
            self.run = Headless("tier2", file, folder, hurried(folder / "runbooks", promote="10s"))
            consent = ["--approve", "all"]
            for guard in ("source.impaired", "database.loss.bounded", "target.image"):
                consent += ["--override", f"{guard}={WHY}"]
            begun = ["--reason", "a drill on a stranger's server", "--endpoint-url", self.server.url]
            self.first = self.run.carry("run", "unplanned_failover", *begun, *consent)
            self.last = self.run.carry("resume", *consent, "--skip", f"impaired={WHY}")
        except BaseException:
            self.server.close()
            raise

    def secret(self):
        name = self.workload["database"]["secret"]
        name = name if isinstance(name, str) else name["standby"]
        return self.server.client("secretsmanager", self.workload["standby"]).get_secret_value(SecretId=name)["SecretString"]

    def service(self, site):
        at = self.workload["service"][0][site]
        [found] = self.server.client("ecs", self.workload[site]).describe_services(cluster=at["cluster"], services=[at["service"]])["services"]
        return found["desiredCount"], found["runningCount"]


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    drill = Drill(tmp_path_factory.mktemp("moto"))
    yield drill
    drill.server.close()


def test_where_no_outage_is_to_be_seen_none_is_believed(drill):
    assert drill.first["verdict"] == "failed" and "impaired has failed: no kind of source fails" in drill.first["detail"]
    assert "choose the planned failover" in drill.first["detail"]


def test_the_promotion_was_accepted_and_nothing_came_of_it(drill):
    rds = drill.server.client("rds", drill.workload["standby"])
    [found] = rds.describe_db_instances(DBInstanceIdentifier="tier2-db-replica")["DBInstances"]
    assert found["ReadReplicaSourceDBInstanceIdentifier"].endswith("tier2-db"), "it promotes now: this has become a test of nothing"
    assert drill.run.told("answered", "promote") == ["AWS has accepted it; that it is so is to be seen yet"]
    assert len(drill.run.told("intent", "promote")) == 1 and not drill.run.told("done", "promote")


def test_it_says_so_at_the_steps_timeout_with_the_ways_on(drill):
    assert (drill.run.code, drill.last["verdict"]) == (5, "failed")
    assert (drill.last["rto_s"], drill.last["rpo_s"], drill.last["met"]) == (None, None, None)
    detail = drill.last["detail"]
    assert "promote has failed: not so within 10s: AWS accepted the promotion" in detail and "it has not happened" in detail
    assert "tier2-db-replica is available, and still a replica of tier2-db" in detail
    for way in ("To try again: drlab-tui resume", "--skip promote=REASON", "do it by hand with the command shown", "db_restore"):
        assert way in detail, way


def test_nothing_that_needs_a_writer_has_been_done(drill):
    later = {"secret", "redeploy", "health", "write", "flip", "client-eye", "pin", "settled"}
    assert not [line for line in drill.run.lines if line["step"] in later]
    assert drill.secret() == drill.secret_before
    dns = drill.workload["dns"]
    assert record_sets(drill.server, drill.workload) == {site: dns[site]["load_balancer"] for site in ("primary", "standby")}


def test_what_it_did_do_is_so(drill):
    assert drill.run.told("done", "fence") == ["inferred: no task runs; its database's connections are not known yet"]
    assert drill.service("primary")[0] == 0
    # It knows no tasks of a service: what runs there, and of which image, cannot be seen, and the count is set all the same by who says so.
    [image] = [line for line in drill.run.told("overridden", "scale") if "target.image" in line]
    assert WHY in image and len(drill.run.told("intent", "scale")) == 1
    desired, running = drill.service("standby")
    assert desired == 2 and bool(drill.run.told("done", "scale")) == (running >= 2)


def test_a_topic_that_breaks_blocks_nobody(drill):
    """Its SNS fails over a subscriber that cannot be reached; nobody knows then whether the message went out, and nobody is told that it did."""
    assert ["no answer, so nobody knows: answers 500 with a web page"] == drill.run.told("answered", "tell-begun")
    assert drill.run.told("owed", "tell-begun")
    assert "tell-begun" in drill.last["owed"] and "tell-begun" not in drill.last["unproven"]


def test_the_report_says_what_the_run_said(drill):
    report = drill.run.report()
    assert report["state"] not in ("proven", "finished") and report["lab"] is False
    text = json.dumps(report)
    assert f"source.impaired: {WHY}" in text and "it has not happened" in text
