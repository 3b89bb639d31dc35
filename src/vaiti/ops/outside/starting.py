"""Checks of the start: all processes run, the pages are served, calls would be taken."""

import json
import socket
from pathlib import Path

from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.world import World, start

PROCESSES = {"keys", "worker", "keeper", "recorder", "web"}
PATIENCE = 60.0
"""Seconds for the answer to one OPTIONS."""
OPTIONS = (
    "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKcheck;rport\r\n"
    "Max-Forwards: 1\r\nFrom: <sip:check@127.0.0.1>;tag=check\r\nTo: <sip:127.0.0.1>\r\n"
    "Call-ID: check-of-the-start\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def started(world: World) -> str:
    """The demo comes up as a person starts it, and serves."""
    took = start(world, world.workshop / "demo.out")
    check_up(world)
    return f"up after {took:.1f} s, {len(PROCESSES)} processes"


def check_up(world: World) -> None:
    running = {name for name, pid in world.pids().items() if Path(f"/proc/{pid}").exists()}
    demand(running == PROCESSES, f"running are {', '.join(sorted(running)) or 'none'}")
    health = world.visitor().get("/healthz")
    well = health.status == 200 and json.loads(health.body).get("ok") is True
    demand(well, f"the health page answered {health.status}")
    status = asked_by_sip(world.sip_port)
    demand(status == "200", f"the recorder answered OPTIONS with {status}")


def asked_by_sip(port: int) -> str:
    """The status of the recorder's answer to OPTIONS, over TCP. Raises Fault."""
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
            peer.sendall(OPTIONS.format(port=port).encode())
            answer = peer.recv(4096).decode("utf-8", "replace")
    except OSError as error:
        raise Fault("the recorder gives no answer to OPTIONS") from error
    return answer.split(" ", 2)[1] if answer.startswith("SIP/2.0 ") else "something else"
