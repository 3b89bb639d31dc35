"""The command line as such: what every command does."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("command", ["access matrix", "access matrix --json", ""])
def test_a_reader_who_goes_away_is_no_fault(command: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    asked = [sys.executable, "-P", "-m", "vaiti", *command.split()]
    done = subprocess.run(asked, stdout=writes, stderr=subprocess.PIPE, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, b"")
