"""A run of the real binary without a screen, and what is left to say of it once it is over."""

import json
import re
import subprocess

from lab import BINARY, ROOT

# What a script that carried out a runbook for real would hardly be given more of. World time, which is the wall's where nobody else keeps it.
PATIENT = "3m"


def hurried(folder, **timeouts):
    """The built-in runbooks, given up by these timeouts: a step's own by its id, with `_` for `-`, and `PATIENT` for the others."""

    def step(found):
        timeout = timeouts.get(found[1].replace("-", "_"), PATIENT)
        text = re.sub(r"^expect = .*$", 'expect = "2s"', found[0], flags=re.MULTILINE)
        return re.sub(r"^timeout = .*$", f'timeout = "{timeout}"', text, flags=re.MULTILINE)

    folder.mkdir()
    for book in (ROOT / "runbooks").glob("*.toml"):
        text = re.sub(r'^id = "([^"]*)".*?(?=^\[\[step|\Z)', step, book.read_text(), flags=re.MULTILINE | re.DOTALL)
        (folder / book.name).write_text(text)
    return folder


class Headless:
    """One workload's runs: `lines` is everything that was told, `last` the last line of the latest command, `code` its exit code."""

    def __init__(self, workload, config_file, folder, runbooks=None, environment=None):
        self.workload, self.lines, self.environment = workload, [], environment
        self.where = ["--config", config_file, "--state-dir", folder / "state", *(["--runbooks", runbooks] if runbooks else [])]

    def carry(self, *words, patience=300):
        done = subprocess.run(
            [BINARY, *words, "--confirm", self.workload, "--json", *self.where],
            capture_output=True, text=True, timeout=patience, check=False, env=self.environment,
        )
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert told and told[-1]["event"] == "finished", done
        self.lines += told
        self.last, self.code = told[-1], done.returncode
        assert self.code == self.last["exit"], "the last line and the exit code say the same"
        return self.last

    def report(self):
        words = [BINARY, "report", self.last["run"], "--format", "json", "--state-dir", self.where[3]]
        return json.loads(subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout)

    def told(self, event, step=None):
        """What was said of a step, in all commands up to now."""
        return [line["detail"] for line in self.lines if line["event"] == event and (step is None or line["step"] == step)]
