"""One script for every server that says it is AWS: named steps, each reduced to a fact that can be compared. The order matters; what a step
learns and a later one needs is kept in `aws.memory`. Nothing here knows which server it talks to."""

import time
import types

import botocore.exceptions

STEPS = {}
POLL = 0.05


class Aws:
    """A server and what was learnt of it."""

    def __init__(self, server):
        self.client, self.now, self.patience = server.client, server.now, server.patience
        self.memory = types.SimpleNamespace()

    def eventually(self, ask, accept):
        """The first answer that is accepted, or the last one."""
        deadline = time.monotonic() + self.patience
        while True:
            answer = ask()
            if accept(answer) or time.monotonic() > deadline:
                return answer
            time.sleep(POLL)


def step(act):
    """Adds an act to the script under its own name."""
    assert act.__name__ not in STEPS
    STEPS[act.__name__] = act
    return act


def run(server):
    """The facts, by step. Whatever goes wrong in a step is its fact."""
    aws = Aws(server)
    return {name: fact(lambda: act(aws)) for name, act in STEPS.items()}


def fact(act):
    try:
        return act()
    except botocore.exceptions.ClientError as error:
        return "refused: " + error.response["Error"]["Code"]
    except Exception as error:  # a server that answers nonsense is a fact too
        return "broke: " + type(error).__name__


def code(call, **parameters):
    """The error a call is refused with."""
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "accepted"


def pages(call, token, asked, found, limit=60, **parameters):
    """How many things come in how many pages; a token that leads nowhere new ends it."""
    things, seen, given = [], [], {}
    while len(seen) < limit:
        answer = call(**parameters, **given)
        things += found(answer)
        following = answer.get(token)
        if not following or following in seen:
            break
        seen.append(following)
        given = {asked: following}
    return things, len(seen) + 1
