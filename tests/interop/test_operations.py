"""boto3 and the AWS CLI, unmodified, drive every operation the lab claims, and docs/OPERATIONS.md says so."""


import pytest

import scripts
from drive import Boto3, Cli
from lab import ROOT, Lab

DRIVERS = {"boto3": Boto3, "AWS CLI": Cli}
# How they introduce themselves.
AGENTS = {"boto3": "boto3", "AWS CLI": "aws-cli"}
# Two regions: where the workload lives, and where it would go. Fast, so that a promotion takes a second.
TOPOLOGIES = {"tier2": ("ap-southeast-2", "us-west-2"), "platform": ("us-east-1", "us-west-2"), "payments": ("us-east-1", "us-east-2")}
SPEED = 300
TABLE = ROOT / "docs" / "OPERATIONS.md"

# What is asked where: a script runs on a lab of its topology, in this order.
TOUR = [
    ("tier2", scripts.identity),
    ("tier2", scripts.images),
    ("tier2", scripts.metrics),
    ("tier2", scripts.targets),
    ("tier2", scripts.certificates),
    ("tier2", scripts.keys),
    ("tier2", scripts.topics),
    ("tier2", scripts.objects),
    ("tier2", scripts.dns),
    ("tier2", scripts.compute),
    ("tier2", scripts.secrets),
    ("tier2", scripts.database_changes),
    ("platform", scripts.autoscaling),
    ("platform", lambda drive, here, there: scripts.apis(drive, control(here))),
    ("platform", lambda drive, here, there: scripts.items(drive, control(here))),
    ("platform", lambda drive, here, there: scripts.rules(drive, control(here), there)),
    ("platform", lambda drive, here, there: scripts.machines(drive, control(here))),
    ("payments", scripts.functions),
    ("payments", scripts.aurora),
]


def control(_):
    return "us-east-2"


@pytest.fixture(scope="module", params=DRIVERS)
def client(request):
    """One client's own labs, and what they saw it do."""
    labs = {topology: Lab(topology, speed=SPEED) for topology in TOPOLOGIES}
    yield request.param, {topology: DRIVERS[request.param](lab) for topology, lab in labs.items()}
    for lab in labs.values():
        lab.close()


@pytest.mark.parametrize("step", range(len(TOUR)), ids=lambda step: f"{TOUR[step][0]}-{TOUR[step][1].__name__}-{step}")
def test_tour(client, step):
    topology, script = TOUR[step]
    script(client[1][topology], *TOPOLOGIES[topology])


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
