"""A port that is taken is told before anything is started, with what to change."""

import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from vaiti.ops.ports import obstacle
from vaiti.ops.quiet_ports import claim, free_port
from vaiti.ops.supervisor import CannotStart, Child, Supervisor

WHERE = "[web] in /srv/vaiti/vaiti.toml"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_taken_port_is_told_with_what_to_change(transport: str) -> None:
    kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[transport]
    port = free_port(0, (socket.SOCK_STREAM, socket.SOCK_DGRAM))
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if transport == "tcp":
            taken.listen()
        told = obstacle("127.0.0.1", port, [transport], WHERE)
    assert told == (
        f"Port {port} ({transport.upper()}) of 127.0.0.1 is taken by another program. "
        "Stop that one, or write another port under [web] in /srv/vaiti/vaiti.toml."
    )
    assert obstacle("127.0.0.1", port, ["tcp", "udp"], WHERE) == ""


def test_an_address_that_this_machine_has_not_is_told() -> None:
    told = obstacle("192.0.2.1", 8840, ["tcp"], WHERE)
    assert told.startswith("Nothing can listen at port 8840 (TCP) of 192.0.2.1: ")
    assert told.endswith(f"Change host or port under {WHERE}.")


def test_nothing_is_started_where_the_port_is_taken(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "logs").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        asked = partial(obstacle, "127.0.0.1", taken.getsockname()[1], ["tcp"], WHERE)
        command = [sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')"]
        child = Child("web", command, lambda: True, asked)
        with pytest.raises(CannotStart, match="is taken by another program"):
            Supervisor([child], tmp_path / "run", tmp_path / "logs").run()
    assert not (tmp_path / "ran").exists()


def test_two_programs_that_look_at_once_are_given_different_ports() -> None:
    """Before either of them listens."""
    port = free_port(0, (socket.SOCK_STREAM,))
    asked = "from vaiti.ops.quiet_ports import free_port; import socket; "
    asked += f"print(free_port({port}, (socket.SOCK_STREAM,)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert int(done.stdout) != port
    assert free_port(port, (socket.SOCK_STREAM,)) != port
    assert not claim(port)
