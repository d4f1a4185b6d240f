"""One script runs against the lab and against two servers that strangers wrote. Where they all agree, nobody here has invented it; where they
do not, `elsewhere/differences.py` says what AWS documents."""

import concurrent.futures

import pytest

from elsewhere import STEPS, run
from elsewhere import compute, data, storage, traffic  # noqa: F401 - the script, in this order
from elsewhere.differences import NAMED
from elsewhere.servers import SERVERS

OTHERS = [name for name in SERVERS if name != "lab"]


@pytest.fixture(scope="module")
def facts():
    """What each server says, by step; all at the same time."""

    def asked(kind):
        server = kind()
        try:
            return run(server)
        finally:
            server.close()

    with concurrent.futures.ThreadPoolExecutor(len(SERVERS)) as pool:
        return dict(zip(SERVERS, pool.map(asked, SERVERS.values())))


@pytest.mark.parametrize("step", STEPS)
def test_the_lab_and_the_others_agree_or_aws_says_why_not(facts, step):
    ours = facts["lab"][step]
    found = {name: facts[name][step] for name in OTHERS if facts[name][step] != ours}
    page, why, listed = NAMED.get(step, ("", "", {}))
    assert found == listed, f"the lab says {ours!r}; {'listed because ' + why + ' (' + page + ')' if page else 'no difference is listed'}"


def test_the_lab_never_breaks(facts):
    """A fact of the lab may be a refusal that the step asks for, never an accident."""
    accidents = {step: said for step, said in facts["lab"].items() if isinstance(said, str) and said.startswith(("refused: ", "broke: "))}
    assert not accidents


def test_every_listed_difference_belongs_to_a_step():
    assert not NAMED.keys() - STEPS.keys()


def test_most_of_it_is_agreed_upon(facts):
    """The list of differences must not become the rule: each fact has a witness who is not of this house more often than not."""
    witnessed = [step for step in STEPS if any(facts[name][step] == facts["lab"][step] for name in OTHERS)]
    assert len(witnessed) >= len(STEPS) * 3 // 4, sorted(STEPS.keys() - set(witnessed))
