"""A failover on a server that strangers wrote, which has databases, services, records, secrets and topics, and behind them nothing: no application
answers and nobody is asked for names. What the console changes there is as boto3 reads it, and what nobody could see is never called done."""

import concurrent.futures
import json
import re
import tomllib

import pytest
import tomli_w

from elsewhere.servers import Ministack
from headless import Headless, hurried
from lab import Lab
from watched.estate import Estate
from watched.truth import record_sets

# What nobody can prove there, and by what each says so. An operator who knows why leaves them out, one after the other, with the reason.
SHORT = "5s"
IN_VAIN = {
    "unplanned_failover": {
        "impaired": "cannot be told: nothing is known by client, checkers",
        "health": "no resolver tells where",
        "write": "the standby does not write yet: no resolver tells where",
        "client-eye": "no resolver gives the addresses of the standby's load balancer",
        "settled": "no resolver gives the addresses of the standby's load balancer",
        "soak": "cannot be told: nothing is known by client, checkers",
    },
    "planned_failover": {
        "ready": "service.api.bounds: unknown: answers 400, and makes no sense",
        "pinned": "no resolver gives the addresses of the primary's load balancer",
        "marker": "no resolver tells where",
        "backlog": "no figure yet",
        "objects": "no figure yet",
        "health": "no resolver tells where",
        "write": "the standby does not write yet: no resolver tells where",
        "client-eye": "no resolver gives the addresses of the standby's load balancer",
        "settled": "no resolver gives the addresses of the standby's load balancer",
        "soak": "cannot be told: nothing is known by client, checkers",
    },
}
# What the steps before the point of no return and before the flip ask for and nobody can show; each is gone past by name.
# Where nothing may be lost, the fence waits for a figure that nobody measures there.
SETTINGS = {"unplanned_failover": [], "planned_failover": ["--set", "fence.connections=no"]}
OVERRIDES = {
    "unplanned_failover": ["source.impaired", "target.write.proven", "target.capacity"],
    "planned_failover": ["source.well", "objects.replicated", "target.write.proven", "target.capacity"],
}
WHY = "there is nothing here that could say it"


class Drill:
    """A runbook, carried out on a server of its own by somebody who leaves out what fails, and says why."""

    def __init__(self, runbook, folder):
        with Lab("payments", speed=1) as lab:
            config = tomllib.loads(lab.config_file.read_text())
        self.runbook, self.server = runbook, Ministack(furnished=False)
        try:
            self.config = Estate(self.server, config).config
            self.workload = self.config["workload"][0]
            self.workload["dns"]["resolvers"] = ["127.0.0.1:9", "127.0.0.1:19"]
            self.listen()
            self.before = {site: self.services(site) for site in ("primary", "standby")}
            file = folder / "drlab.toml"
            # One address for everything, as on the command line; the run's journal keeps it for those who go on.
            file.write_text(tomli_w.dumps({"workload": [self.workload]}))
            in_vain = {step.replace("-", "_"): SHORT for step in IN_VAIN[runbook]}
            self.run = Headless("payments", file, folder, hurried(folder / "runbooks", protect=SHORT, reverse=SHORT, **in_vain))
            self.failed = {}
            self.carry()
        except BaseException:
            self.server.close()
            raise

    def listen(self):
        """Somebody reads what is published at the standby."""
        region = self.workload["standby"]
        sqs = self.server.client("sqs", region)
        self.queue = sqs.create_queue(QueueName="drill")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.server.client("sns", region).subscribe(TopicArn=self.workload["notify"]["topic"]["standby"], Protocol="sqs", Endpoint=arn)

    def carry(self):
        consent = ["--approve", "all"]
        for guard in OVERRIDES[self.runbook]:
            consent += ["--override", f"{guard}={WHY}"]
        begun = ["--reason", "a drill on a stranger's server", "--endpoint-url", self.server.url, *SETTINGS[self.runbook]]
        last = self.run.carry("run", self.runbook, *begun, *consent)
        while match := re.match(r"(\S+) has failed: (.*?)\. To try again", last["detail"]):
            step, why = match.groups()
            assert step not in self.failed, last
            self.failed[step] = (self.run.code, last, why)
            last = self.run.carry("resume", *consent, "--skip", f"{step}={WHY}")

    def published(self):
        sqs, messages = self.server.client("sqs", self.workload["standby"]), []
        while found := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                messages.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def services(self, site):
        at = self.workload["service"][0][site]
        [found] = self.server.client("ecs", self.workload[site]).describe_services(cluster=at["cluster"], services=[at["service"]])["services"]
        return found


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """Both at once: most of the time is waiting for what does not come."""
    with concurrent.futures.ThreadPoolExecutor(len(IN_VAIN)) as pool:
        found = {name: pool.submit(Drill, name, tmp_path_factory.mktemp(name)) for name in IN_VAIN}
    made = {name: future.result() for name, future in found.items() if not future.exception()}
    try:
        for future in found.values():
            future.result()
        yield made
    finally:
        for drill in made.values():
            drill.server.close()


@pytest.fixture(params=IN_VAIN)
def drill(request, drills):
    return drills[request.param]


def test_the_writer_is_in_the_standbys_region(drill):
    database = drill.workload["database"]
    for site in ("primary", "standby"):
        rds = drill.server.client("rds", drill.workload[site])
        [whole] = rds.describe_global_clusters(GlobalClusterIdentifier=database["global_cluster"])["GlobalClusters"]
        [writer] = [member["DBClusterArn"] for member in whole["GlobalClusterMembers"] if member["IsWriter"]]
        assert writer.split(":")[3] == drill.workload["standby"] and writer.endswith(":" + database["standby"])
    step = "failover" if drill.runbook == "unplanned_failover" else "switchover"
    assert drill.run.told("done", step) == ["payments-use2 is the writer, and available"]


def test_services_have_moved(drill):
    source, target = drill.services("primary"), drill.services("standby")
    assert (source["desiredCount"], source["runningCount"]) == (0, 0)
    assert (target["desiredCount"], target["runningCount"]) == (10, 10)
    assert (drill.before["primary"]["desiredCount"], drill.before["standby"]["desiredCount"]) == (10, 2)
    # Deployed anew after the secret was written.
    [deployment] = [one for one in target["deployments"] if one["status"] == "PRIMARY"]
    assert deployment["id"] != drill.before["standby"]["deployments"][0]["id"] and len(drill.run.told("done", "redeploy")) == 1


def test_what_the_server_does_not_have_is_said_where_it_is_missed(drill):
    """It knows no scalable targets: neither its answer nor the console's has a minimum."""
    assert drill.run.told("done", "scale") == [
        "inferred: 10 of 10 tasks run · 10 healthy · its minimum is unknown, so it may be scaled in: answers 400, and makes no sense"
    ]
    [capacity] = [line for line in drill.run.told("overridden", "flip") if "target.capacity" in line]
    assert WHY in capacity
    assert [line for line in drill.run.told("guarded", "flip") if "target.capacity cannot be told" in line]


def test_both_records_lead_to_the_standby(drill):
    dns = drill.workload["dns"]
    standby = dns["standby"]["load_balancer"]
    assert record_sets(drill.server, drill.workload) == {"primary": standby, "standby": standby}
    lead = "all 2 record sets lead to the standby"
    assert (drill.run.told("done", "flip"), drill.run.told("done", "pin")) == ([lead], [f"told, not seen: {lead}"])


def test_the_secret_names_the_new_writer_and_keeps_the_rest(drill):
    secret, database = drill.workload["database"]["secret"], drill.workload["database"]
    values = {
        site: json.loads(drill.server.client("secretsmanager", drill.workload[site]).get_secret_value(SecretId=secret[site])["SecretString"])
        for site in ("primary", "standby")
    }
    rds = drill.server.client("rds", drill.workload["standby"])
    [cluster] = rds.describe_db_clusters(DBClusterIdentifier=database["standby"])["DBClusters"]
    assert values["standby"] == {"host": cluster["Endpoint"], "port": cluster["Port"], "username": "owner"}
    assert values["primary"]["host"] == "db", "nobody has touched the source's"


def test_the_messages_are_in_the_queue(drill):
    subjects = [message["Subject"] for message in drill.published()]
    kind = drill.runbook.split("_")[0]
    # When it began and when users had been sent over, and once for each time that somebody was needed.
    needed = [line for line in drill.run.lines if line["event"] == "failed" and line["step"] in IN_VAIN[drill.runbook]]
    assert subjects.count(f"payments: {kind}") == 2 and len(needed) >= len(drill.failed)
    assert subjects.count("payments: the failover needs somebody") == len(needed)
    assert len(subjects) == 2 + len(needed)


def test_what_cannot_be_proven_is_never_called_done(drill):
    expected = IN_VAIN[drill.runbook]
    assert drill.failed.keys() == expected.keys()
    for step, (code, last, why) in drill.failed.items():
        assert (code, last["verdict"], last["rto_s"], last["met"]) == (5, "failed", None, None)
        assert f"not so within {SHORT}" in why and expected.get(step, "") in why
        assert f"--skip {step}=REASON" in last["detail"]
    assert not [line for line in drill.run.lines if line["event"] == "done" and line["step"] in expected]


def test_it_ends_unproven(drill):
    last = drill.run.last
    assert (drill.run.code, last["verdict"], last["rto_s"]) == (5, "unproven", None) and last["met"] is not True, last
    assert "RTO not proven" in last["detail"]
    assert {"scale", "fence", *IN_VAIN[drill.runbook]} <= set(last["unproven"])
    report = drill.run.report()
    assert (report["state"], report["lab"]) == ("unproven", False)


def test_the_report_names_what_was_gone_past_and_why(drill):
    text = json.dumps(drill.run.report())
    for guard in OVERRIDES[drill.runbook]:
        assert f"{guard}: {WHY}" in text, guard
    assert text.count(WHY) >= len(OVERRIDES[drill.runbook]) + len(IN_VAIN[drill.runbook])
