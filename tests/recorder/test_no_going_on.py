"""Where no recorder can go on for another, for want of a SHA-256 that shows what it holds."""

import _ctypes
import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ops.test_replacing import settings_in
from recorder.one import keeper, until
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.recorder.rebirth import look
from vaiti.ops.recorder_limits import keeper_fault
from vaiti.vault import digest


def test_a_library_without_the_older_functions_is_known() -> None:
    """So is a Python that has none of its own."""
    assert digest.functions_of(_ctypes.__file__) is None
    without = "import sys; sys.modules['_hashlib'] = None; import vaiti.vault.digest"
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", without], check=True, env=path)


def test_what_was_left_is_let_go_and_the_doctor_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ports of the recorder before are to be free."""
    place = tmp_path / "keeper.sock"
    monkeypatch.setattr(digest, "AVAILABLE", False)
    with keeper(tmp_path) as held, socket.socket() as sock:
        before = Keeping(place)
        assert before.connect()
        before.keep({"sip:tcp:127.0.0.1:5060": sock.fileno()})
        asyncio.run(until(lambda: len(held)))
        before.close()
        assert look(place) is None
        asyncio.run(until(lambda: not len(held)))
    says = keeper_fault(settings_in(tmp_path, keeper=True).recorder)
    assert "SHA256_Init" in says and "keeper = false" in says
    assert not keeper_fault(settings_in(tmp_path).recorder)
