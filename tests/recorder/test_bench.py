"""The benchmark counts what was written, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vaiti.capture import recvmmsg, ring
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.load import PAYLOAD, Load
from vaiti.values.ids import new_call_id
from vaiti.vault.journal import JournalWriter, Kind, files, frame, opening_body
from vaiti.vault.wrapping import new_intake_key, seal_key

ARGUMENTS = ("bench", "record", "--calls", "3", "--seconds", "2", "--json")
BESIDE = """
import select, socket, sys
first, count = (int(sys.argv[sys.argv.index(x) + 1]) for x in ("-p", "-n"))
held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
for place, each in enumerate(held):
    each.bind(("127.0.0.1", first + place))
print("ready", file=sys.stderr, flush=True)
got = 0
while got < 100 * count and (waiting := select.select(held, (), (), 60)[0]):
    for each in waiting:
        got += bool(each.recv(2000))
print('{"got": %d, "utime": 0.25, "stime": 0.25}' % got)
"""
KEYS = {
    "calls",
    "seconds",
    "packets_sent",
    "packets_lost",
    "cores_per_1000_calls",
    "ratio_to_bare_receiver",
    "peak_bytes_per_call",
    "bytes_per_call_minute",
    "ring",
    "ring_bytes_per_call",
    "sender_cores_per_1000_calls",
    "sender_beside_bare",
    "sending_s",
    "srtp",
    "ratio_to_limit",
}


def test_a_short_run_sends_and_finds_every_packet(tmp_path: Path) -> None:
    """SRTP to the recorder, by a ring where one may be had; plain RTP to the two beside it."""
    if not recvmmsg.available():
        pytest.skip("the generator needs Linux")
    beside = tmp_path / "beside"
    beside.write_text(f"#!{sys.executable}\n{BESIDE}")
    beside.chmod(0o700)
    by_ring = () if ring.obstacle("lo") else ("--ring",)
    done = subprocess.run(
        [sys.executable, "-m", "vaiti", *ARGUMENTS, "--srtp", "--limit", beside, *by_ring],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        check=True,
    )
    result = json.loads(done.stdout)
    assert set(result) == KEYS
    assert (result["packets_sent"], result["packets_lost"]) == (600, 0)
    assert result["bytes_per_call_minute"] > 100 * 60 * PAYLOAD
    assert result["srtp"] == "AES_CM_128_HMAC_SHA1_80"
    limit = 0.5 / 2 / 3 * 1000  # BESIDE's CPU seconds over two seconds of three calls
    assert result["ratio_to_limit"] == pytest.approx(
        result["cores_per_1000_calls"] / limit, abs=0.01
    )


@pytest.mark.whole
def test_a_short_run_of_invites_is_answered() -> None:
    if not recvmmsg.available():
        pytest.skip("the generator needs Linux")
    few = ("--calls", "2", "--rate", "10", "--seconds", "1", "--hold", "0.1", "--before", "1.1")
    done = subprocess.run(
        [sys.executable, "-m", "vaiti", "bench", "invites", *few, "--transport", "tcp", "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        check=True,
    )
    result = json.loads(done.stdout)
    assert (result["answered"], result["unanswered"], result["packets_lost"]) == (10, 0, 0)
    assert 0 < result["median_ms"] <= result["p99_ms"] <= result["longest_ms"]


def test_the_audit_misses_what_is_not_in_the_journal(tmp_path: Path) -> None:
    private, public = new_intake_key()
    call, key = new_call_id(), bytes(32)
    with JournalWriter(tmp_path) as journal:
        body = opening_body("2026-11-24", seal_key(public, call, key), b"\x28" + bytes(39))
        journal.append([frame(Kind.OPEN, call, body)])
        folder = journal.folder
    found = audit(tmp_path, private)
    assert (found.calls, found.packets) == (1, 0)
    assert found.journal_bytes == files(folder)[0].stat().st_size


def test_the_generator_sends_each_stream_its_own_payload_in_sequence() -> None:
    load = Load([("127.0.0.1", 9), ("127.0.0.1", 10)])
    before = load.packets["seq"].copy()
    for slot in range(load.slots):
        load.send_slot(slot)
    load.close()
    assert load.sent == 2
    assert (load.packets["seq"].astype(np.uint16) - before.astype(np.uint16) == 1).all()
    for packet in load.packets:
        assert packet["payload"][:4].tobytes() == int(packet["ssrc"]).to_bytes(4, "big")
