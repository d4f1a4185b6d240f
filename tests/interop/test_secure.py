"""The client's eye and the webhook over TLS, as both are in production: against Python's own server, with certificates that are to be trusted and
others that are not."""

import contextlib
import datetime
import json
import os
import subprocess
import tomllib

import pytest
import tomli_w
import trustme

import secure
from headless import Headless
from lab import BINARY, Lab

RECORD, STANDBY_BALANCER = "tier2.example.com", "standby"
SECRET = "s3cr3t-path"
CALL = """
title = "Somebody is told"
kind = "test"
when = "To see whether they hear"

[[step]]
id = "identity"
title = "The right account"
action = "check.identity"
expect = "2s"
timeout = "1m"

[[step]]
id = "call"
title = "Tell the webhook"
action = "notify.webhook"
needs = ["identity"]
expect = "3s"
timeout = "20s"
"""


@pytest.fixture(scope="module")
def ours():
    """Who signs what this machine trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def lab():
    with Lab("tier2", speed=1) as lab:
        yield lab


def trusting(authority, folder):
    file = folder / "trusted.pem"
    authority.cert_pem.write_to_path(str(file))
    return {**os.environ, "SSL_CERT_FILE": str(file)}


def at_the_standby(name):
    return secure.STANDBY if STANDBY_BALANCER in name else secure.PRIMARY


def set_up(lab, certificate, folder, **notify):
    """tier2, whose AWS is the lab's, and whose users come over TLS to servers of ours: its file, while they run, and the servers."""
    config = tomllib.loads(lab.config_file.read_text())
    # Without it, clients go where the names lead them.
    del config["endpoints"]["proxy"]
    [workload] = config["workload"]

    @contextlib.contextmanager
    def open_for_users():
        with secure.site(certificate, at_the_standby) as (port, resolver, servers):
            workload["dns"].update(resolvers=[resolver], name_servers=[resolver])
            workload["dns"]["probe"].update(scheme="https", port=port)
            workload.setdefault("notify", {}).update({name: value.format(port=port) for name, value in notify.items()})
            file = folder / "drlab.toml"
            file.write_text(tomli_w.dumps(config))
            yield file, servers

    return open_for_users()


def looked_at(lab, certificate, environment, folder):
    """What `status` makes of it, and the names that each site's server was asked for."""
    with set_up(lab, certificate, folder) as (file, servers):
        command = [BINARY, "status", "--json", "--config", file]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
        return json.loads(done.stdout), [set(server.names) for server in servers]


def row(status, name):
    [found] = [row for row in status["components"] if row["id"] == name]
    return found


def client(status):
    [found] = [kind for kind in status["impairment"]["evidence"] if kind["source"] == "client"]
    return found


def test_users_are_seen_over_tls(lab, ours, tmp_path):
    status, names = looked_at(lab, ours.issue_cert(RECORD), trusting(ours, tmp_path), tmp_path)
    assert names == [{RECORD}, {RECORD}], "both sites are asked in the record's name"
    assert (status["landing"], status["ready"]) == ("primary", True), status
    assert client(status)["says"] == "nothing wrong"
    assert [row(status, f"{site}/edge")["verdict"] for site in ("primary", "standby")] == ["healthy", "healthy"]


CERTIFICATES = {
    "nobody knows who signed it": (lambda _: trustme.CA().issue_cert(RECORD), "UnknownIssuer"),
    "it is another name's": (lambda ours: ours.issue_cert("other.example.com"), "not valid for name"),
    "it has ended": (lambda ours: ours.issue_cert(RECORD, not_after=datetime.datetime(2026, 1, 1)), "expired"),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_that_users_do_not_trust_is_no_green(lab, ours, tmp_path, case):
    make, why = CERTIFICATES[case]
    status, _ = looked_at(lab, make(ours), trusting(ours, tmp_path), tmp_path)
    assert status["verdict"] == "degraded" and why in status["reasons"][0], status["reasons"]
    for site in ("primary", "standby"):
        edge = row(status, f"{site}/edge")
        assert edge["verdict"] == "degraded" and "certificate" in edge["reason"] and why in edge["reason"], edge
    assert status["ready"] is False, "users could not come in there either"


def told(lab, ours, folder, certificate):
    """How a run ends that tells a webhook, and what that has heard."""
    (folder / "runbooks").mkdir()
    (folder / "runbooks" / "call.toml").write_text(CALL)
    with set_up(lab, certificate, folder, webhook="https://localhost:{port}/" + SECRET) as (file, servers):
        run = Headless("tier2", file, folder, folder / "runbooks", trusting(ours, folder))
        last = run.carry("run", "call", "--reason", "does it hear", "--approve", "all")
        return run, last, servers[0]


def test_a_webhook_hears_over_tls(lab, ours, tmp_path):
    run, last, server = told(lab, ours, tmp_path, ours.issue_cert(RECORD, "localhost"))
    assert last["verdict"] == "proven", last
    [(path, body)] = server.heard
    assert path == "/" + SECRET and "tier2" in json.loads(body)["text"], body
    assert "localhost" in server.names
    assert SECRET not in json.dumps(run.lines) and SECRET not in json.dumps(run.report())


UNTRUSTED_WEBHOOKS = {
    "it is signed by nobody whom this machine trusts": lambda _: trustme.CA().issue_cert("localhost"),
    "it is another name's": lambda ours: ours.issue_cert(RECORD),
    "it has expired": lambda ours: ours.issue_cert("localhost", not_after=datetime.datetime(2026, 1, 1)),
}


@pytest.mark.parametrize("why", UNTRUSTED_WEBHOOKS)
def test_a_webhook_whose_certificate_is_not_trusted_hears_nothing(lab, ours, tmp_path, why):
    run, last, server = told(lab, ours, tmp_path, UNTRUSTED_WEBHOOKS[why](ours))
    assert server.heard == [], "nothing is said before it is known to whom"
    assert run.told("answered", "call") == ["refused, Certificate: the webhook's certificate " + why.removeprefix("it ")]
    assert (last["exit"], last["owed"]) == (7, ["call"]), "who was to hear is still to be told"
    everything = json.dumps(run.lines) + json.dumps(run.report())
    assert SECRET not in everything and "localhost" not in everything
