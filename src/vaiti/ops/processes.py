"""The main functions of the processes that the supervisor starts, and how it sees them ready."""

import http.client
import os
import socket
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vaiti.ops.clocks import clock_of
from vaiti.ops.logs import write_logs
from vaiti.ops.parentage import die_with_parent
from vaiti.ops.ports import obstacle
from vaiti.ops.recorder_limits import buffer_fault, ring_fault
from vaiti.ops.recorders import (
    FRONT,
    FRONT_KEEPER,
    FRONT_STATE,
    control_of,
    front_keeper_of,
    keeper_of,
    number_of,
    numbered,
    state_of,
)
from vaiti.ops.sections.general import Recorder
from vaiti.ops.sections.media import buffer_bytes, ports_of
from vaiti.ops.sections.tls import tls_files
from vaiti.ops.settings import FILE, Settings, load_settings
from vaiti.ops.supervisor import PARENT_VARIABLE, Child, child_command
from vaiti.vault.hardening import give_up_raw_sockets, keep_out_of_dumps

if TYPE_CHECKING:
    from vaiti.capture.recorder.config import Listen

WEB_WORKERS = 2  # one of them is one core at most; more would only wait for the database
WEB_THREADS = 4  # in each
HTTP_PATIENCE = 5.0
"""Seconds for the health page."""
NAMES = ("keys", "worker", "keeper", FRONT_KEEPER, FRONT, "recorder", "web")
"""In the order of their starts: each rests on those before it. Of keeper and recorder there may be
several, each with its number."""


def main(name: str, folder: Path) -> int:
    """Runs one process until it is told to stop."""
    die_with_parent()
    keep_out_of_dumps()  # each holds keys, sound or people's names at some time
    os.umask(0o077)
    os.environ["VAITI_DATA"] = str(folder)
    settings = load_settings(folder)
    write_logs("web-server" if name == "web" else name, settings.logs)
    kind, number = number_of(name)
    if kind != "recorder" or not settings.recorder.packet_ring:
        give_up_raw_sockets()
    if kind in SEVERAL:
        SEVERAL[kind](settings, number)
    else:
        MAINS[name](settings)
    return 0


def keys_main(settings: Settings) -> None:
    from vaiti.audit.presence import entries_of
    from vaiti.ops.key_service import key_config
    from vaiti.ops.witness import witness_of
    from vaiti.vault.keyprocess import serve

    entries = entries_of(settings.database.url or str(settings.folder / "db.sqlite3"))
    serve(key_config(settings), clock_of(settings), witness_of(entries))


def recorder_main(settings: Settings, number: int) -> None:
    from vaiti.audio.codecs import decodable
    from vaiti.capture.binding import Ports
    from vaiti.capture.recorder.config import RecorderConfig, Ring, Shared
    from vaiti.capture.recorder.starting import main as record

    told, run = settings.recorder, settings.run
    record(
        RecorderConfig(
            recorder_id=told.name,
            journal=settings.journal,
            orders=run / "orders.json",
            orders_public=settings.secrets / "orders.pub",
            state=state_of(run, number),
            listen=places(told),
            media_hosts=(told.media_host,),
            rtp_ports=Ports(*ports_of(told, number)),
            clock=clock_of(settings),
            control=control_of(run, number),
            keeper=keeper_of(run, number) if told.keeper else None,
            receive_buffer=buffer_bytes(told.buffer_packets),
            codecs=decodable(),
            tls=tls_files(told, settings.folder) if "tls" in told.transports else None,
            shared=Shared(number, run / "front.sock") if told.processes > 1 else None,
            ring=Ring(told.packet_ring, told.packet_ring_mb << 20) if told.packet_ring else None,
        )
    )


def front_main(settings: Settings) -> None:
    from vaiti.capture.recorder.config import FrontConfig
    from vaiti.capture.recorder.front import main as pass_on

    told, run = settings.recorder, settings.run
    pass_on(
        FrontConfig(
            recorders=told.processes,
            socket=run / "front.sock",
            orders=run / "orders.json",
            orders_public=settings.secrets / "orders.pub",
            state=run / FRONT_STATE,
            listen=places(told),
            clock=clock_of(settings),
            tls=tls_files(told, settings.folder) if "tls" in told.transports else None,
            keeper=front_keeper_of(run) if told.keeper else None,
        )
    )


def places(told: Recorder) -> "tuple[Listen, ...]":
    """Where SIP is received."""
    from vaiti.capture.recorder.config import Listen

    return tuple(
        Listen(kind, told.host, told.tls_port if kind == "tls" else told.port)
        for kind in told.transports
    )


def keeper_main(settings: Settings, number: int) -> None:
    from vaiti.capture.recorder.keeper import main as keep

    keep(keeper_of(settings.run, number))


def front_keeper_main(settings: Settings) -> None:
    from vaiti.capture.recorder.keeper import main as keep

    keep(front_keeper_of(settings.run))


def worker_main(settings: Settings) -> None:
    from vaiti.ops.arenas import share_arenas
    from vaiti.ops.django_start import start_django

    share_arenas()
    start_django(settings.folder)
    from vaiti.ops.worker import work

    work(settings)


def web_main(settings: Settings) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    os.environ[PARENT_VARIABLE] = str(os.getpid())  # of the worker that granian starts
    Granian(
        "vaiti.ops.wsgi:application",
        address=settings.web.host,
        port=settings.web.port,
        interface=Interfaces.WSGI,
        workers=WEB_WORKERS,
        blocking_threads=WEB_THREADS,
        websockets=False,
        log_enabled=False,
    ).serve()


MAINS: Mapping[str, Callable[[Settings], None]] = {
    "keys": keys_main,
    FRONT_KEEPER: front_keeper_main,
    FRONT: front_main,
    "worker": worker_main,
    "web": web_main,
}
SEVERAL: Mapping[str, Callable[[Settings, int], None]] = {
    "keeper": keeper_main,
    "recorder": recorder_main,
}


def children(settings: Settings) -> list[Child]:
    """The processes in the order of their starts."""
    began = time.time()
    return [
        Child(
            name,
            child_command(name, settings.folder),
            partial(serves, name, settings, began),
            partial(taken_port, name, settings),
        )
        for name in names_of(settings)
    ]


def serves(name: str, settings: Settings, began: float) -> bool:
    """Whether the process of this name is there; `began` is when the first of all was started."""
    kind, number = number_of(name)
    match kind:
        case "keys":
            return answers_socket(settings.keys_socket)
        case "keeper":
            return is_fresh(keeper_of(settings.run, number), began)
        case "front-keeper":
            return is_fresh(front_keeper_of(settings.run), began)
        case "web":
            return answers_http(settings.web.host, settings.web.port)
        case _:
            return is_fresh(settings.run / f"{name}.json", began)


def names_of(settings: Settings) -> tuple[str, ...]:
    """The processes that are ours to start: not the keys where they are a service of their own, a
    keeper only where one is asked for, and a front only where several recorders share an address.
    """
    theirs = {"keys"} if settings.keys.folder else set()
    if not settings.recorder.keeper:
        theirs |= {"keeper", FRONT_KEEPER}
    if settings.recorder.processes == 1:
        theirs |= {FRONT, FRONT_KEEPER}
    numbers = range(1, settings.recorder.processes + 1)
    return tuple(
        numbered(name, number)
        for name in NAMES
        if name not in theirs
        for number in (numbers if name in SEVERAL else (1,))
    )


def taken_port(name: str, settings: Settings) -> str:
    """What keeps a process from its ports as they are set, in a sentence, or nothing."""
    file = settings.folder / FILE
    if name == "web":
        return obstacle(settings.web.host, settings.web.port, ("tcp",), f"[web] in {file}")
    listens = "recorder" if settings.recorder.processes == 1 else FRONT
    if name == listens:
        told, where = settings.recorder, f"[recorder] in {file}"
        plain = [kind for kind in told.transports if kind != "tls"]
        found = obstacle(told.host, told.port, plain, where)
        if not found and "tls" in told.transports:
            found = obstacle(told.host, told.tls_port, ("tcp",), where)
        return found or buffer_fault(told) or ring_fault(told)
    return ""


def answers_socket(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def is_fresh(path: Path, began: float) -> bool:
    try:
        return path.stat().st_mtime >= began
    except FileNotFoundError:
        return False


def answers_http(host: str, port: int) -> bool:
    client = http.client.HTTPConnection(host, port, timeout=HTTP_PATIENCE)
    try:
        client.request("GET", "/healthz")
        return client.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()
