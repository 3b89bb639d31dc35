"""A worker that is really killed, or stopped, is told of by others than itself."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cast import NOW
from ops.test_mail import Postbox, make_certificate
from vaiti.due import alarms
from vaiti.ops.absence import Absence
from vaiti.ops.clock_back import SetBack
from vaiti.ops.dead_man import DeadMan
from vaiti.ops.sections.completeness import Heartbeat, heartbeat_fault
from vaiti.ops.sections.general import Controller, Mail
from vaiti.ops.settings import Settings
from vaiti.ops.steps import write_state
from vaiti.ops.supervisor import Child, Supervisor

WORKER = """
import sys, time
from pathlib import Path
state = Path(sys.argv[1])
if state.with_name("broken").exists():
    sys.exit(1)
while True:
    aside = state.with_suffix(".part")
    aside.write_text("{}")
    aside.rename(state)
    time.sleep(0.02)
"""


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about within a minute")


@pytest.fixture
def postbox(tmp_path: Path) -> Iterator[Postbox]:
    box = Postbox(make_certificate(tmp_path))
    server = box.start()
    yield box
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path, postbox: Postbox) -> Settings:
    for name in ("run", "logs", "secrets"):
        (tmp_path / name).mkdir()
    mail = Mail(
        host="127.0.0.1",
        port=postbox.port,
        authority=str(postbox.certificate),
        sender="vaiti@example.fi",
        address="https://vaiti.example",
    )
    beat = Heartbeat(tell=("night@example.fi",), worker_seconds=10)
    controller = Controller("Posti", "1", "a@b")
    return Settings(tmp_path, controller, mail=mail, heartbeat=beat)


def test_a_worker_that_dies_at_each_start_is_told_by_the_supervisor(
    settings: Settings, postbox: Postbox
) -> None:
    state = settings.run / "worker.json"
    child = Child("worker", [sys.executable, "-c", WORKER, str(state)], state.exists)
    man = DeadMan(settings, every=0.05)  # ten looks, and so half a second, and more when it is slow
    made = Supervisor([child], settings.run, settings.logs, man.look)
    ended = threading.Event()

    def watch() -> None:
        made.bring_up(child)
        while not ended.is_set():
            made.watch(time.monotonic())
            made.look(time.monotonic())
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        wait_until((settings.run / "worker.pid").exists)
        wait_until(state.exists)
        (settings.run / "broken").touch()
        os.kill(int((settings.run / "worker.pid").read_text()), signal.SIGKILL)
        wait_until(lambda: len(postbox.mails) >= 1)
        (settings.run / "broken").unlink()
        wait_until(lambda: len(postbox.mails) >= 2)
    finally:
        ended.set()
        thread.join()
        made.stop_all()
    letters = [(to, "says nothing" in text(mail), secure) for to, mail, secure in postbox.mails[:2]]
    assert letters == [("night@example.fi", True, True), ("night@example.fi", False, True)]
    assert "works again" in text(postbox.mails[1][1])


def text(mail: bytes) -> str:
    body = message_from_bytes(mail, policy=policy.default).get_body()
    assert body is not None
    return str(body.get_content())


@pytest.mark.django_db
def test_the_next_worker_raises_an_alarm_unless_the_last_was_told_to_stop(tmp_path: Path) -> None:
    state = tmp_path / "worker.json"
    assert not Absence(state).tell(NOW)
    write_state(state, [], NOW - timedelta(hours=2), stopped=True)
    assert not Absence(state).tell(NOW)
    write_state(state, [], NOW - timedelta(seconds=30))
    assert not Absence(state).tell(NOW)
    write_state(state, [], NOW - timedelta(hours=2))
    absence = Absence(state)
    assert absence.tell(NOW)
    assert not absence.tell(NOW)
    assert [alarm.kind for alarm in alarms.standing()] == ["worker_away"]


@pytest.mark.django_db
def test_n12_a_clock_that_was_set_back_is_an_alarm_once(tmp_path: Path) -> None:
    state = tmp_path / "worker.json"
    assert not SetBack(state).look(NOW)
    write_state(state, [], NOW, stopped=True)
    watch = SetBack(state)
    assert not watch.look(NOW - timedelta(seconds=50))
    assert not watch.look(NOW)
    assert watch.look(NOW - timedelta(hours=1))
    assert not watch.look(NOW - timedelta(hours=1))
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.event) == ("clock_set_back", True)


def test_whom_to_tell_is_a_mail_address() -> None:
    assert heartbeat_fault(Heartbeat(tell=("night",))) is not None
    assert heartbeat_fault(Heartbeat(worker_seconds=1)) is not None
    assert heartbeat_fault(Heartbeat(tell=("night@example.fi",))) is None
