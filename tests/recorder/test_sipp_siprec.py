"""SIPp as the recording client of a running recorder: UDP and TCP, hold, UPDATE, a password."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from recorder.sipp_scenario import signed_in, whole_call
from recorder.world import LINE, World
from sip.test_sipp import own_port
from vaiti.capture.sip.digest import password_hash

SIPP = shutil.which("sipp")
PASSWORD = "correct-horse-battery"

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.skipif(SIPP is None, reason="needs SIPp: install the Debian package sip-tester"),
]


def play(world: World, scenario: str, transport: str) -> None:
    assert SIPP is not None
    file = world.folder / f"{transport}.xml"
    file.write_text(scenario)
    command = [SIPP, f"127.0.0.1:{world.port('tcp' if transport == 't1' else 'udp')}",
               "-sf", str(file), "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(own_port()),
               "-mp", str(own_port() // 4 * 4), "-m", "1", "-t", transport, "-nostdin",
               "-timeout", "60s", "-timeout_error", "-trace_err"]  # fmt: skip
    done = subprocess.run(command, cwd=world.folder, capture_output=True, timeout=90, check=False)
    errors = [each.read_text() for each in world.folder.glob("*errors.log")]
    assert done.returncode == 0, errors


def wave(path: Path) -> str:
    """Three seconds of A-law without a header, as SIPp takes it."""
    path.write_bytes(bytes(0x55 ^ (at % 37) for at in range(24_000)))
    return str(path)


def test_n11_n17_sipp_places_whole_recording_sessions_over_udp_and_tcp(world: World) -> None:
    sound = wave(world.folder / "sound.raw")
    for transport in ("u1", "t1"):
        play(world, whole_call(LINE, sound), transport)
    peer = replace(
        world.orders.peers[0],
        digest=("MD5",),
        digest_user="sipp",
        digest_md5=password_hash("MD5", "sipp", PASSWORD),
    )
    world.order(peers=(peer,))
    play(world, signed_in(LINE, "sipp", PASSWORD), "u1")
    assert world.state()["wrong_credentials"] == 0
    assert world.stop() == 0
    udp, tcp, proven = [each.manifest for each in world.recorded()]
    for facts in (udp, tcp):
        assert facts is not None
        assert (facts.ended_by, facts.customer, len(facts.holds)) == ("bye", "+358401234***", 1)
        assert [leg.device for leg in facts.legs] == ["2001", "2002"]
        assert [track.role for track in facts.tracks] == ["customer", "agent"]
        assert facts.packets > 20
    assert proven is not None
    assert proven.ended_by == "bye"
