"""A demo's data folder for benchmarks: filled, served by the real processes, visited over HTTP."""

import http.client
import math
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from vaiti.ops.benches.measured import BenchError
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.making import make_demo
from vaiti.ops.demo.people import PASSWORD
from vaiti.ops.django_start import migrate
from vaiti.ops.processes import children
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.settings import FILE, Settings, load_settings
from vaiti.ops.supervisor import Supervisor, only_one
from vaiti.ops.wsgi_timing import TIMING_VARIABLE

PATIENCE: Final = 60.0  # seconds for one answer
_TCP: Final = (socket.SOCK_STREAM,)
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TIME: Final = re.compile(r"app;dur=([0-9.]+), cpu;dur=([0-9.]+)")


@contextmanager
def folder_for(data: Path | None, database_url: str, calls: int) -> Iterator[Settings]:
    """The folder with at least so many made-up calls; one that was not named is removed again."""
    place = data or Path(tempfile.mkdtemp(prefix="vaiti-bench-")) / "data"
    try:
        if not (place / FILE).exists():
            make_demo(place, free_port(0, _TCP), free_port(0, _TCP), database_url, machine_clock())
        settings = load_settings(place)
        _fill_up(settings, calls, machine_clock())
        yield settings
    finally:
        if data is None:
            shutil.rmtree(place.parent)


def _fill_up(settings: Settings, calls: int, now: datetime) -> None:
    if not settings.demo:
        raise BenchError(f"{settings.folder} is no demo's; name another folder, or none")
    migrate(settings.folder)
    from vaiti.ops.demo.filling.fill import fill
    from vaiti.ops.first.training import term_of
    from vaiti.register.models import Call

    missing = calls - Call.objects.count()
    if missing > calls // 100:  # what has been destroyed since is not made anew
        fill(missing, term_of(settings, now), now)


@contextmanager
def served(settings: Settings, names: Sequence[str] = ("keys", "web")) -> Iterator[None]:
    """The processes of these names, as `vaiti up` starts them, telling their server time."""
    os.environ[TIMING_VARIABLE] = "1"
    wanted = [child for child in children(settings) if child.name in names]
    supervisor = Supervisor(wanted, settings.run, settings.logs)
    with only_one(settings.run / "up.lock"):
        try:
            for child in wanted:
                supervisor.bring_up(child)
            yield
        finally:
            supervisor.stop_all()
            del os.environ[TIMING_VARIABLE]


@dataclass(frozen=True, slots=True)
class Answer:
    """`server_ms` is the time around the WSGI application, `cpu_ms` what its thread used of it;
    `seconds` is the time of the whole exchange."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes = field(repr=False)
    server_ms: float
    cpu_ms: float
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """One person's browser, as far as HTTP goes: a connection that is kept, and a session."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._host = f"{settings.web.host}:{settings.web.port}"
        self._connection = http.client.HTTPConnection(
            settings.web.host, settings.web.port, timeout=PATIENCE
        )
        self._cookies: dict[str, str] = {}
        self.token = ""

    def twin(self) -> "Visitor":
        """The same session over a connection of its own."""
        other = Visitor(self._settings)
        other._cookies, other.token = dict(self._cookies), self.token
        return other

    def sign_in(self, login: str) -> Answer:
        """Raises BenchError when it is refused."""
        self.get("/sign-in")
        answer = self.post("/sign-in", {"login": login, "password": PASSWORD, "next": ""})
        if answer.status != 302:
            raise BenchError(f"{login} could not sign in: status {answer.status}")
        return answer

    def get(self, address: str, **headers: str) -> Answer:
        return self._ask("GET", address, None, headers)

    def post(self, address: str, fields: dict[str, str], **headers: str) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields})
        given = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", address, body, given)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, address: str, body: str | None, headers: dict[str, str]) -> Answer:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        sent["Referer"] = sent["Origin"] = f"http://{self._host}"
        sent |= _dashed(headers)
        began = time.perf_counter()
        try:
            response, content = self._exchange(method, address, body, sent)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            self._connection.close()  # it had rested too long for the server
            response, content = self._exchange(method, address, body, sent)
        seconds = time.perf_counter() - began
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if found := _TOKEN.search(content.decode(errors="replace")[:200_000]):
            self.token = found[1]
        timing = _TIME.search(response.headers.get("Server-Timing", ""))
        took, cpu = (float(timing[1]), float(timing[2])) if timing else (0.0, 0.0)
        return Answer(response.status, response.headers, content, took, cpu, seconds)

    def _exchange(
        self, method: str, address: str, body: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request(method, address, body, headers)
        response = self._connection.getresponse()
        return response, response.read()


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def machine() -> dict[str, Any]:
    """What a figure means nothing without."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown",
    )
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "load": load}
