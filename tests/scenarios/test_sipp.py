"""SIPp, a peer that we did not write: 200 calls at 20 a second, with speech from a capture file."""

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scenarios.worlds import World, wait_for
from vaiti.ops.phone.sound import alaw
from vaiti.ops.voices.dialogue import dialogue

SIPP = shutil.which("sipp")
SCENARIO = Path(__file__).with_name("sipp") / "record.xml"
CALLS, RATE, PACKETS = 200, 20, 150

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.timeout(300),
    pytest.mark.skipif(SIPP is None, reason="needs SIPp: install the Debian package sip-tester"),
    pytest.mark.skipif(os.geteuid() != 0, reason="SIPp sends captured speech as root only"),
]


def capture_file(path: Path) -> None:
    """Three seconds of RTP as libpcap writes it (pcap-savefile(5)), in Ethernet, IPv4 and UDP."""
    speech = alaw(dialogue(7, PACKETS / 50, "fi").customer)
    frames = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for number in range(PACKETS):
        rtp = struct.pack("!BBHII", 0x80, 8, number, number * 160, 0x5150)
        payload = rtp + speech[number * 160 : number * 160 + 160]
        udp = struct.pack("!HHHH", 6000, 6000, 8 + len(payload), 0) + payload
        address = bytes((127, 0, 0, 1))
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, address, address)
        frame = bytes(12) + b"\x08\x00" + ip + udp
        seconds, micros = divmod(number * 20_000, 1_000_000)
        frames.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(frames))


def state(world: World) -> dict[str, Any]:
    return dict(json.loads((world.data / "run" / "recorder.json").read_text()))


def count(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM register_call")[0][0])


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_200_calls_of_sipp_become_200_rows_and_no_packet_is_lost(
    world: World, tmp_path: Path, transport: str
) -> None:
    assert SIPP is not None
    capture_file(tmp_path / "speech.pcap")
    before, rows = state(world), count(world)
    keys = {"customer": "+358401112222", "line": world.plain.line, "agent": "anna.astrom"}
    done = subprocess.run(
        [
            *(SIPP, f"127.0.0.1:{world.sip_port}", "-sf", str(SCENARIO), "-t", transport),
            *("-m", str(CALLS), "-r", str(RATE), "-l", str(CALLS), "-nostdin", "-i", "127.0.0.1"),
            *("-mi", "127.0.0.1", "-mp", "20000"),
            *(part for name, value in keys.items() for part in ("-key", name, value)),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    wait_for("the rows are not all there", lambda: count(world) == rows + CALLS, 120)
    wait_for("calls are left", lambda: state(world)["calls"] == 0)
    now = state(world)
    assert now["packets"] - before["packets"] == CALLS * PACKETS
    assert now["drops"] == before["drops"]
