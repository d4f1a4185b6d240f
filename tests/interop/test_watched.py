"""`status` and `check` over servers that strangers wrote: the same figures that boto3 reports, and where a server cannot answer the console,
*unknown* with the reason, while the rest stays right. The lab goes through the same comparison, with nothing that it cannot answer."""

import datetime
import fnmatch
import json
import subprocess
import time
import tomllib

import jsonschema
import pytest
import tomli_w

from elsewhere.servers import Ministack, Moto
from lab import BINARY, ROOT, Lab
from watched.estate import Estate
from watched.truth import MISSING, Truth

TOPOLOGIES = ("tier2", "pilot", "platform", "payments")
STRANGERS = {"moto": Moto, "ministack": Ministack}

# Rows that show less than boto3 gets, by what their reason says. Nothing else may, and these must.
DEAF = {
    "moto": {
        # It does not know CloudWatch's newer protocol, which the SDK for Rust speaks: every such call gets a web page.
        "*/alarms": "answers 404 with a web page",
        "replication/database": "answers 404 with a web page",
        # Its versioning document is called otherwise than AWS's, which the SDK refuses to read.
        "*/bucket/*": "answers 200, and makes no sense",
    },
    "ministack": {},
    "lab": {},
}
# Rows with a figure that is unknown beside those that boto3 gets: nobody measures what these servers only pretend to run, nobody answers DNS
# for them, and ministack has neither the bounds of services nor health checkers.
DOUBTED = {
    "moto": ["primary/edge", "primary/database", "dns/record"],
    "ministack": ["primary/database", "replication/bucket/*", "dns/record", "autoscaled"],
    "lab": [],
}


class Watched:
    """A workload, what the console said of it, and what boto3 says."""

    def __init__(self, server, config, folder):
        self.workload = config["workload"][0]
        self.file = folder / "drlab.toml"
        self.file.write_text(tomli_w.dumps(config))
        self.await_functions(server)
        self.status, self.status_code = self.said("status")
        self.check, self.check_code = self.said("check")
        self.truth = Truth(server, self.workload)
        self.rows = {row["id"]: row for row in self.status["components"]}

    def await_functions(self, server):
        """Some servers take their time over a new function, and nothing is compared while it changes."""
        for function in self.workload.get("function", []):
            deadline = time.monotonic() + 30
            client = server.client("lambda", function["region"])
            while client.get_function(FunctionName=function["name"])["Configuration"]["State"] == "Pending":
                assert time.monotonic() < deadline, f"{function['name']} stays pending"
                time.sleep(0.1)

    def said(self, command):
        done = subprocess.run([BINARY, command, "--json", "--config", self.file], capture_output=True, text=True, timeout=60)
        assert done.stderr == "" and done.stdout.count("\n") == 1, done
        return json.loads(done.stdout), done.returncode


@pytest.fixture(scope="module", params=[*STRANGERS, "lab"])
def name(request):
    return request.param


@pytest.fixture(scope="module", params=TOPOLOGIES)
def watched(request, name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    with Lab(request.param, speed=1) as lab:
        config = tomllib.loads(lab.config_file.read_text())
        if name == "lab":
            lab.now = lambda: datetime.datetime.fromisoformat(lab.control("/_lab/hello")["world"])
            yield Watched(lab, config, folder)
            return
    server = STRANGERS[name](furnished=False)
    try:
        yield Watched(server, Estate(server, config).config, folder)
    finally:
        server.close()


def deaf(name, row):
    return next((why for pattern, why in DEAF[name].items() if fnmatch.fnmatch(row, pattern)), None)


def test_both_are_as_their_schemas_say(watched):
    for document, schema in ((watched.status, "status"), (watched.check, "check")):
        jsonschema.validate(document, json.loads((ROOT / "docs" / f"{schema}.schema.json").read_text()))


def test_the_exit_codes_say_the_same_as_the_documents(watched):
    assert watched.status_code == {"healthy": 0, "degraded": 1, "critical": 2, "unknown": 3}[watched.status["verdict"]]
    assert watched.check_code == {True: 0, False: 1, None: 3}[watched.check["ready"]]


def test_every_figure_is_the_one_that_boto3_reports(name, watched):
    wrong = {}
    for row, figures in watched.truth.rows.items():
        shown = watched.rows[row]
        if deaf(name, row):
            continue
        absent = [figure for figure in figures if figure not in shown["value"].split("  ")]
        number = watched.truth.numbers.get(row)
        numbers = number if isinstance(number, list) else [number]
        if absent or (number is not None and shown["number"] not in [pytest.approx(each) for each in numbers]):
            wrong[row] = (absent, number, shown)
    assert not wrong


def test_what_cannot_be_read_is_unknown_with_the_reason(name, watched):
    for row in watched.rows.values():
        why = deaf(name, row["id"])
        if why:
            assert (row["verdict"], row["value"], row["number"]) == ("unknown", "unknown", None), row
            assert why in row["reason"], row
        elif "unknown" in row["value"]:
            # A row is never greener than what is not known of it.
            assert row["verdict"] in ("unknown", "critical") and row["reason"], row
    doubted = {row["id"] for row in watched.rows.values() if "unknown" in row["value"] and not deaf(name, row["id"])}
    listed = {row for row in watched.rows if any(fnmatch.fnmatch(row, pattern) for pattern in DOUBTED[name])}
    if "autoscaled" in DOUBTED[name]:
        autoscaled = [service["name"] for service in watched.workload["service"] if service.get("autoscaled")]
        listed |= {f"{site}/service/{service}" for service in autoscaled for site in ("primary", "standby")}
    assert doubted == listed


def test_no_row_goes_unexamined(watched):
    """The rest has its own tests, or nothing that boto3 could say of it."""
    rest = {"credentials", *(row for row in watched.rows if row.startswith("replication/bucket/"))}
    assert set(watched.rows) - set(watched.truth.rows) == rest


def test_what_is_missing_is_missing_and_not_zero(watched):
    for row, figures in watched.truth.rows.items():
        assert (figures == [MISSING]) == (watched.rows[row]["value"] == MISSING), watched.rows[row]
        assert figures != [MISSING] or watched.rows[row]["verdict"] in ("critical", "degraded"), watched.rows[row]


def test_the_record_and_the_replication_are_as_boto3_sees_them(name, watched):
    checks = {check["id"]: check for check in watched.status["readiness"]}
    dns = watched.workload["dns"]
    wanted = {dns[site]["set_identifier"]: dns[site]["load_balancer"].rstrip(".") for site in ("primary", "standby")}
    assert checks["dns.records"]["ok"] is (watched.truth.record_sets() == wanted), checks["dns.records"]
    for bucket in watched.workload.get("bucket", []):
        check = checks[f"bucket.{bucket['primary']}.replication"]
        expected = None if deaf(name, f"primary/bucket/{bucket['primary']}") else watched.truth.replicates(bucket)
        assert check["ok"] is expected, check


def test_where_users_land_is_not_made_up(name, watched):
    """Nobody answers DNS for these servers; the lab does."""
    if name == "lab":
        assert watched.status["active"] == "primary"
    else:
        assert (watched.status["landing"], watched.status["session"]) == ("unknown", "elsewhere")
        assert "refused" in watched.status["landing_why"]


def test_who_we_are_and_what_we_may_read(name, watched):
    check = watched.check
    account = watched.workload["account"]
    assert (check["identity"]["ok"], check["identity"]["account"], check["identity"]["expected"]) == (True, account, account)
    assert check["credentials"]["ok"] is True and check["writing"]["ok"] is None
    assert [line["ok"] for line in check["permissions"] if line["ok"] is False] == [], "a server that cannot answer has refused nothing"
    unread = {line["reads"] for line in check["permissions"] if line["ok"] is None}
    expected = {
        "moto": {"metric", "alarm", "bucket replication"},
        "ministack": {"restore point", "health checkers", "scaling bounds"},
        "lab": set(),
    }[name]
    assert unread <= expected, unread
    assert all(line["why"] for line in check["permissions"])
