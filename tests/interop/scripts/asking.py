"""How a script asks: what must be refused, and what takes time."""

import time

import pytest

from drive import Refused


def refused(code, drive, *arguments, **parameters):
    """The call must be refused with this code and no other."""
    with pytest.raises(Refused) as caught:
        drive(*arguments, **parameters)
    assert caught.value.code == code, caught.value


def eventually(ask, accept, seconds=60):
    """Asks until the answer is accepted: labs run faster than life, but not at once. Returns what was accepted."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if accept(answer):
            return answer
        assert time.monotonic() < deadline, f"never came true; last answer: {answer}"
        time.sleep(0.1)
