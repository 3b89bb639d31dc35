"""What may open a packet ring keeps that right for no longer than it takes."""

import os
import socket
import subprocess
import sys

import pytest

PROGRAM = """
import socket
from vaiti.vault.hardening import give_up_raw_sockets
give_up_raw_sockets()
give_up_raw_sockets()
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
except PermissionError:
    print("refused")
"""


def test_raw_sockets_are_given_up_for_good() -> None:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
    except PermissionError:
        pytest.skip("this process has no CAP_NET_RAW to give up")
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "refused\n"
