"""The README's tour, typed as it stands: by a shell, with the real `aws` and `curl`, line by line."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile

import pytest

from lab import BINARY, ROOT
from scripts.asking import eventually

# The tour goes by at a speed for readers; a test does not wait for that.
SPEED = "300"


def blocks_of(title):
    """The lines of a chapter's blocks, in order, as a reader sees them."""
    chapter = (ROOT / "README.md").read_text().split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [block.splitlines() for block in re.findall(r"```(?:sh)?\n(.*?)```", chapter, re.DOTALL)]


@pytest.fixture(scope="module")
def tour():
    """The commands of the tour."""
    blocks = blocks_of("A tour of the lab")
    assert [len(block) for block in blocks] == [1, 5, 4], "the tour has changed; so must this test"
    return blocks


class Shell:
    """Somebody's terminal: exported variables stay, the README's port is one that is free here, and the binary is built already."""

    def __init__(self, folder):
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self.port = str(chosen.getsockname()[1])
        # The client as it was installed beside this Python.
        (folder / "aws").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m awscli "$@"\n')
        (folder / "aws").chmod(0o755)
        self.environment = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}

    def typed(self, line):
        return line.replace("cargo run -- ", f"exec {BINARY} ").replace("4566", self.port)

    def run(self, line):
        line = self.typed(line)
        if line.startswith("export "):
            self.environment |= dict(pair.split("=", 1) for pair in shlex.split(line)[1:])
            return ""
        done = subprocess.run(["sh", "-c", line], env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def shell(tour, tmp_path_factory):
    shell = Shell(tmp_path_factory.mktemp("home"))
    [serve] = tour[0]
    assert "--speed 20" in serve
    with tempfile.TemporaryFile() as said:
        line = shell.typed(serve).replace("--speed 20", f"--speed {SPEED}")
        process = subprocess.Popen(["sh", "-c", line], env=shell.environment, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            assert json.loads(process.stdout.readline())["control"] == f"http://127.0.0.1:{shell.port}"
            yield shell
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            process.stdout.close()


def test_two_commands_set_up_and_the_first_tour_needs_no_third():
    assert blocks_of("Set up") == [["cargo run -- demo"], ["cargo test"]]
    commands = [shlex.split(line, comments=True) for block in blocks_of("A tour") for line in block]
    assert commands
    for command in commands:
        # Nothing puts `drlab-tui` on the PATH of who has only cloned and built.
        assert command[:3] == ["cargo", "run", "--"], command
        known = [word for word in command[3:5] if not word.startswith("-")]
        helped = subprocess.run([BINARY, *known, "--help"], capture_output=True, text=True, timeout=60)
        assert helped.returncode == 0, f"{command}: {helped.stderr}"


def test_the_standby_is_promoted_and_writes(tour, shell):
    export, before, promote, after, write = tour[1]
    shell.run(export)
    [replica] = json.loads(shell.run(before))["DBInstances"]
    assert replica["DBInstanceStatus"] == "available" and replica["ReadReplicaSourceDBInstanceIdentifier"]
    # At this speed nobody would see every station; the promise of one that comes is kept by asking until it has come.
    assert json.loads(shell.run(promote))["DBInstance"]["DBInstanceStatus"] == "modifying"
    seen = set()

    def look():
        [promoted] = json.loads(shell.run(after))["DBInstances"]
        seen.add(promoted["DBInstanceStatus"])
        return promoted

    promoted = eventually(look, lambda now: now["DBInstanceStatus"] == "available" and "ReadReplicaSourceDBInstanceIdentifier" not in now)
    promised = re.split(r", (?:and )?", after.split("#")[1].strip())
    assert seen <= {*promised, "available"} and promised[-1] == "at last a primary"
    assert promoted["BackupRetentionPeriod"] > 0, "without backups there is no “backing-up” to be seen"
    assert json.loads(shell.run(write))["wrote"] is True


def test_something_is_broken_and_the_truth_says_so(tour, shell):
    faults, inject, state, reset = tour[2]
    assert "region-dark" in shell.run(faults)
    assert shell.run(inject).startswith("region-dark:primary")
    told = json.loads(shell.run(state))
    assert [site["dark"] for site in told["workloads"][0]["sites"]] == [True, False]
    assert shell.run(reset).strip()
    assert not any(site["dark"] for site in json.loads(shell.run(state))["workloads"][0]["sites"])


def test_a_reader_who_has_seen_enough_is_no_accident(tour, shell):
    done = subprocess.run(["sh", "-c", f"{shell.typed(tour[2][2])} | true"], env=shell.environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
