"""Signs of life: sent while all is well, kept back when it is not, and an alarm when unheard."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ops.test_watch import state
from vaiti.capture.recorder.state import write_state
from vaiti.due import alarms
from vaiti.ops.heartbeat import HeartbeatDesk, kernel_clock, watch_clock
from vaiti.ops.recorders import Group
from vaiti.ops.sections.completeness import Heartbeat, heartbeat_fault
from vault.keyworld import make_keys, start_keys

pytestmark = pytest.mark.django_db


@dataclass
class Watcher:
    """Somebody elsewhere: what was asked, and how it answers."""

    server: ThreadingHTTPServer
    asked: list[str] = field(default_factory=list)
    status: int = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/ping?of=vaiti"


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    made = Watcher(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def standing() -> list[str]:
    return [alarm.kind for alarm in alarms.standing()]


def test_the_watcher_hears_us_while_recorder_and_keys_are_well(
    watcher: Watcher, tmp_path: Path, now: datetime
) -> None:
    secrets, path = make_keys(tmp_path, now), tmp_path / "recorder.json"
    process = start_keys(secrets)
    client = secrets.client()
    desk = HeartbeatDesk(Heartbeat(watcher.address), Group(tmp_path), client)
    try:
        assert not desk.beat(now)  # no recorder yet
        write_state(path, state(now))
        assert desk.beat(now)
        assert watcher.asked == ["/ping?of=vaiti"]
        assert not desk.beat(now + timedelta(minutes=1))  # the recorder is silent
        watcher.status = 404
        assert not desk.beat(now)
        assert standing() == ["heartbeat_unheard"]
        watcher.status = 204
        assert desk.beat(now)
        assert standing() == []
    finally:
        client.close()
        process.kill()
        process.wait()
    assert not desk.beat(now)
    assert standing() == ["keys_silent"]
    assert len(watcher.asked) == 3


def test_n12_a_clock_that_nothing_keeps_is_an_alarm(now: datetime) -> None:
    watch_clock(now, lambda: 5)
    assert standing() == ["clock_unsynchronised"]
    watch_clock(now, lambda: 0)
    assert standing() == []
    assert kernel_clock() in range(6)


@pytest.mark.parametrize("address", ["ftp://x/", "https://a:b@x/", "https://x/ y", "x"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    assert heartbeat_fault(Heartbeat(address)) is not None
    assert heartbeat_fault(Heartbeat("https://watch.example/vaiti?id=1")) is None
    assert heartbeat_fault(Heartbeat("http://127.0.0.1:9000")) is None
