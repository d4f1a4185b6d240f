"""The same runs over the sockets of the lab, which has all of it: an application that writes, names that are answered, checkers that look. There the
end is proven, and boto3 reads what the report says."""

import concurrent.futures
import datetime
import json
import subprocess
import tomllib

import pytest

from headless import Headless
from lab import BINARY, Lab
from watched.estate import SITES
from watched.truth import record_sets

TOPOLOGIES = ("tier2", "payments")
# Fast enough to be waited for, slow enough for a busy machine to keep pace.
SPEED = 20
NETWORK = "203.0.113."
# With its region out of sight nobody can show how much was lost; somebody takes that upon themselves by name.
LOSS = "the primary is gone: what is lost is lost"


class Drill:
    def __init__(self, topology, folder):
        self.topology = topology
        self.lab = Lab(topology, speed=SPEED)
        try:
            self.config = tomllib.loads(self.lab.config_file.read_text())
            self.workload = self.config["workload"][0]
            self.secret_before = self.copied_secret()
            self.run = Headless(topology, self.lab.config_file, folder)
            self.break_the_primary()
            consent = ["--approve", "all", "--override", f"database.loss.bounded={LOSS}"]
            self.last = self.run.carry("run", "unplanned_failover", "--reason", "a drill", *consent)
        except BaseException:
            self.lab.close()
            raise

    def break_the_primary(self):
        """Until two kinds of evidence say so; there is nothing to fail over before."""
        self.lab.inject("app-down:primary")
        self.lab.inject("database-down:primary")
        look = [BINARY, "status", "--json", "--config", self.lab.config_file]
        for _ in range(100):
            seen = subprocess.run(look, capture_output=True, text=True, timeout=60, check=False).stdout
            if seen and json.loads(seen)["impairment"]["impaired"]:
                return
        raise AssertionError("there is no outage to be seen")

    def secret(self, site):
        value = self.lab.client("secretsmanager", self.workload[site]).get_secret_value(SecretId=self.secret_name(site))["SecretString"]
        return json.loads(value)

    def secret_name(self, site):
        secret = self.workload["database"]["secret"]
        return secret if isinstance(secret, str) else secret[site]

    def copied_secret(self):
        """Somebody has copied it from the primary, as it is done by hand: it names the primary's database."""
        value = self.secret("primary")
        client = self.lab.client("secretsmanager", self.workload["standby"])
        client.put_secret_value(SecretId=self.secret_name("standby"), SecretString=json.dumps(value))
        return value


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """All at once: most of the time is AWS's."""
    with concurrent.futures.ThreadPoolExecutor(len(TOPOLOGIES)) as pool:
        found = {name: pool.submit(Drill, name, tmp_path_factory.mktemp(name)) for name in TOPOLOGIES}
    made = {name: future.result() for name, future in found.items() if not future.exception()}
    try:
        for future in found.values():
            future.result()
        yield made
    finally:
        for drill in made.values():
            drill.lab.close()


@pytest.fixture(params=TOPOLOGIES)
def drill(request, drills):
    return drills[request.param]


def test_it_ends_proven(drill):
    last, report = drill.last, drill.run.report()
    assert last["verdict"] == "proven" and drill.run.code in (0, 7, 8), last
    assert (report["state"], report["lab"]) == ("proven", True)
    assert last["rto_s"] > 60
    for step in ("write", "client-eye", "settled"):
        assert drill.run.told("done", step) and step not in last["unproven"], step
    # Health leads there already: that the record is pinned, too, is known from Route 53 alone.
    assert drill.run.told("done", "pin")[0].startswith("told, not seen: ") and "pin" in last["unproven"]


def test_the_writer_is_where_it_says(drill):
    database, region = drill.workload["database"], drill.workload["standby"]
    rds = drill.lab.client("rds", region)
    if database["kind"] == "rds-replica":
        [found] = rds.describe_db_instances(DBInstanceIdentifier=database["standby"])["DBInstances"]
        assert found["DBInstanceStatus"] in ("available", "backing-up", "modifying") and not found.get("ReadReplicaSourceDBInstanceIdentifier")
        assert "nobody's replica" in drill.run.told("done", "promote")[0]
    else:
        [whole] = rds.describe_global_clusters(GlobalClusterIdentifier=database["global_cluster"])["GlobalClusters"]
        [writer] = [member["DBClusterArn"] for member in whole["GlobalClusterMembers"] if member["IsWriter"]]
        assert writer.split(":")[3] == region
        assert "is the writer" in drill.run.told("done", "failover")[0]


def test_as_many_tasks_run_as_it_says(drill):
    for service in drill.workload["service"]:
        at = {}
        for site in SITES:
            asked = service[site]
            [at[site]] = drill.lab.client("ecs", drill.workload[site]).describe_services(cluster=asked["cluster"], services=[asked["service"]])["services"]
        wanted = service["standby"]["failover_tasks"]
        assert at["standby"]["desiredCount"] >= wanted and at["standby"]["runningCount"] >= wanted
        assert f"{wanted} tasks run" in drill.run.told("done", "scale")[0]
        assert (at["primary"]["desiredCount"], at["primary"]["runningCount"]) == (0, 0) and drill.run.told("done", "fence")


def test_the_records_and_the_resolvers_lead_to_the_standby(drill):
    standby = drill.workload["dns"]["standby"]["load_balancer"].rstrip(".")
    assert set(record_sets(drill.lab, drill.workload).values()) == {standby}
    for resolver in ("a", "b"):
        [address, *_] = drill.lab.resolve(drill.workload["dns"]["record"], resolver)
        assert address.startswith(NETWORK)


def test_the_secret_names_the_new_writer_and_keeps_the_rest(drill):
    [told] = drill.run.told("done", "secret")
    now = drill.secret("standby")
    assert f"names {now['host']}:{now['port']}" in told
    assert now["host"] != drill.secret_before["host"] and drill.run.told("intent", "secret")
    assert {name: value for name, value in now.items() if name not in ("host", "port")} == {
        name: value for name, value in drill.secret_before.items() if name not in ("host", "port")
    }


def test_what_was_lost_is_no_more_than_was_said_beforehand(drill):
    """The lab counts the writes that were acknowledged and are nowhere."""
    [stated] = drill.run.told("stated")
    writes = drill.lab.workload(drill.topology)["writes"]
    assert writes["acknowledged"] > 1000
    lost = [[datetime.datetime.fromisoformat(stretch[end]) for end in ("from", "until")] for stretch in writes["stretches"]]
    seconds = sum((until - begun).total_seconds() for begun, until in lost)
    assert drill.last["rpo_s"] is not None and "at most" in stated
    assert seconds <= drill.last["rpo_s"], (stated, writes)
