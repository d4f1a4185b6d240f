"""boto3 and the AWS CLI, unmodified, drive every operation the lab claims, and docs/OPERATIONS.md says so."""

import contextlib

import pytest

from drive import Boto3, Cli
from lab import ROOT, Lab
from scripts import automation, compute, databases, storage, traffic

DRIVERS = {"boto3": Boto3, "AWS CLI": Cli}
# How they introduce themselves.
AGENTS = {"boto3": "boto3", "AWS CLI": "aws-cli"}
# Fast, so that a promotion takes a second; but a machine that finds nothing to do ends within seconds, and is asked about in a slow lab.
LABS = {"tier2": ("tier2", 300), "platform": ("platform", 300), "payments": ("payments", 300), "slow": ("platform", 20)}
TABLE = ROOT / "docs" / "OPERATIONS.md"

# What is asked where: a script runs on a lab, in this order, and is told where the workload lives, where it would go, or where it is steered from.
PACIFIC, PLATFORM, STEERING, PAYMENTS = ("ap-southeast-2", "us-west-2"), ("us-east-1", "us-west-2"), ("us-east-2",), ("us-east-1", "us-east-2")
TOUR = [
    ("tier2", automation.identity, PACIFIC),
    ("tier2", compute.images, PACIFIC),
    ("tier2", traffic.metrics, PACIFIC),
    ("tier2", compute.targets, PACIFIC),
    ("tier2", storage.certificates, PACIFIC),
    ("tier2", storage.keys, PACIFIC),
    ("tier2", automation.topics, PACIFIC),
    ("tier2", storage.objects, PACIFIC),
    ("tier2", traffic.dns, PACIFIC),
    ("tier2", compute.compute, PACIFIC),
    ("tier2", storage.secrets, PACIFIC),
    ("tier2", databases.database_changes, PACIFIC),
    ("platform", compute.autoscaling, PLATFORM),
    ("platform", automation.apis, STEERING),
    ("platform", automation.items, STEERING),
    ("platform", automation.rules, STEERING),
    ("slow", automation.machines, STEERING),
    ("payments", automation.functions, PAYMENTS),
    ("payments", databases.aurora, PAYMENTS),
]


@pytest.fixture(scope="module", params=DRIVERS)
def client(request):
    """One client's own labs, and what they saw it do."""
    with contextlib.ExitStack() as labs:
        opened = {name: labs.enter_context(Lab(topology, speed=speed)) for name, (topology, speed) in LABS.items()}
        yield request.param, {name: DRIVERS[request.param](lab) for name, lab in opened.items()}


@pytest.mark.parametrize(("lab", "script", "regions"), TOUR, ids=[f"{script.__name__}-{lab}" for lab, script, _ in TOUR])
def test_tour(client, lab, script, regions):
    script(client[1][lab], *regions)


def test_every_claimed_operation_was_driven(client):
    """Runs after the tour. The lab's own log says what reached it and that it was done, so nobody has to be believed."""
    name, drivers = client
    calls = [call for drive in drivers.values() for call in drive.lab.log()]
    assert {call["agent"].split("/")[0].lower() for call in calls} == {AGENTS[name]}
    reached = {(call["service"], call["operation"]) for call in calls if call["status"] < 400}
    claimed = {(claim["service"], claim["operation"]) for claim in next(iter(drivers.values())).lab.control("/_lab/operations")["operations"]}
    never = sorted(f"{service}:{operation}" for service, operation in claimed - reached)
    assert not never, f"claimed, but {name} never asked for {' '.join(never)}"
    if not TABLE.exists():
        pytest.skip(f"{TABLE.relative_to(ROOT)} does not exist: `DRLAB_UPDATE=1 cargo test operations` writes it")
    column = [cell.strip() for cell in rows()[0].split("|")].index(name)
    written = {(cells[1].strip(), cells[2].strip()) for cells in (row.split("|") for row in rows()[2:]) if cells[column].strip() == "✓"}
    assert written == claimed, "docs/OPERATIONS.md has drifted: `DRLAB_UPDATE=1 cargo test operations` writes it anew"


def rows():
    return [line for line in TABLE.read_text().splitlines() if line.startswith("|")]


def test_nothing_that_is_asked_for_is_unknown(client):
    """Every operation of the tour is claimed: the lab answers nothing by accident."""
    for drive in client[1].values():
        assert not [call for call in drive.lab.log() if call.get("code") == "UnknownOperation"]
