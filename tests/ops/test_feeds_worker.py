"""A real worker of a fresh data folder tells a receiver and a collector's file what happens."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.receiver import Receiver
from ops.test_init import init, vaiti
from vault.keyworld import wait_for

SETTINGS = """
[audit_feed]
to = "audit.jsonl"

[[webhook]]
name = "desk"
address = "{address}"
secret_file = "desk.secret"
events = ["alarm.raised"]
private = ["127.0.0.0/8", "::1/128"]
authority = "{authority}"
"""


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    folder = tmp_path / "receiver"
    folder.mkdir()
    with Receiver(folder).open() as opened:
        yield opened


@pytest.fixture
def data(tmp_path: Path, receiver: Receiver) -> Path:
    folder = tmp_path / "data"
    assert init(folder) == ""
    secret = folder / "secrets" / "desk.secret"
    secret.touch(mode=0o600)
    secret.write_text("a long random text of the test")
    told = SETTINGS.format(address=receiver.address, authority=receiver.authority)
    with (folder / "vaiti.toml").open("a", encoding="utf-8") as file:
        file.write(told)
    return folder


def test_a_worker_tells_others_and_an_administrator_follows_the_log(
    data: Path, receiver: Receiver
) -> None:
    with closing(sqlite3.connect(data / "db.sqlite3")) as book, book:
        book.execute("INSERT INTO audit_follower VALUES ('audit_feed', -1, '2026-01-01 00:00:00')")
    command = [sys.executable, "-m", "vaiti", "process", "worker", "--data", str(data)]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file = data / "audit.jsonl"
    try:
        wait_for(lambda: file.exists() and receiver.letters != [], 60)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    # neither keys nor recorder run here, and somebody is told
    told = json.loads(receiver.letters[0][1])
    assert told["type"] == "alarm.raised"
    assert re.fullmatch(r"[a-z]+[a-z_.]+", told["data"]["alarm"])  # which one is first is not said
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [one["place"] for one in lines] == list(range(len(lines)))
    assert "people:person:created" in {one["kind"] for one in lines}
    follow = ("audit", "follow", "--data", str(data), "--once")
    printed = vaiti(*follow, "--after", "-1").stdout.splitlines()
    assert [json.loads(line) for line in printed[: len(lines)]] == lines
    syslog = vaiti(*follow, "--after", "0", "--format", "syslog").stdout
    assert " vaiti - " in syslog and '[vaiti@32473 place="1"' in syslog
    assert vaiti(*follow).stdout == ""
