"""Test calls of our own go the whole way at a real recorder; the gaps alone tell of them."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cast import Cast
from ops.test_witness import database_uri
from vaiti.access.key_work import KeyWork
from vaiti.audit.presence import PostgresqlEntries, entries_of
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.notice.models import Line
from vaiti.ops.canaries import CanaryDesk
from vaiti.ops.first.deployment import FOLDERS, make_secrets
from vaiti.ops.orders import OrdersDesk
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.settings import Settings, load_settings
from vaiti.ops.state_files import read_state
from vaiti.ops.supervisor import child_command
from vaiti.ops.witness import witness_of
from vaiti.promises.papers import dialogues
from vaiti.promises.papers.dialogues import Talk
from vaiti.register.arrivals import Intake, What
from vaiti.register.canaries import Canary, settle
from vaiti.register.models import Arrival, Call, Gap
from vaiti.retention.lateness import lateness
from vaiti.retention.models import Tombstone
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.gathering import Gatherer
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.keyfiles import read_seed
from vaiti.vault.keyprocess import KeyConfig, KeyServer
from vaiti.vault.store import FolderStore
from vault.keyworld import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
TEXT = """
[controller]
name = "Posti"
business_id = "1-2"
privacy_contact = "a@example.fi"
[recorder]
port = {port}
free_bytes = 67108864
[canary]
minutes = 60
seconds = 2
"""


@dataclass
class House:
    """A data folder with keys, recorder and what the worker does with canaries."""

    settings: Settings
    recorder: subprocess.Popen[bytes] | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        secrets = self.settings.secrets
        work = KeyWork(read_seed(secrets / "grant.key"), lambda: self.now)
        self.keys = KeyClient(self.settings.keys_socket, work)
        self.store = FolderStore(self.settings.store_folder)
        self.orders = OrdersDesk(self.settings, self.keys, read_seed(secrets / "orders.key"))
        seed = read_seed(secrets / "grant.key")
        self.desk = CanaryDesk(self.settings, self.keys, self.store, seed)
        self.intake = Intake(self.keys, self.store, Gatherer(self.settings.journal))

    def start_recorder(self) -> None:
        command = child_command("recorder", self.settings.folder)
        self.recorder = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "src"})
        state = self.settings.run / "recorder.json"
        wait_for(lambda: (read_state(state) or {}).get("state") == "accepting")

    def stop_recorder(self) -> None:
        if self.recorder is not None:
            self.recorder.terminate()
            self.recorder.wait()
            self.recorder = None

    def judge(self, now: datetime) -> int:
        self.now = now  # of the key process too
        return self.desk.judge(now)

    def take_in(self, count: int) -> None:
        found: list[What] = []

        def came() -> bool:
            found.extend(each.what for each in self.intake.step(datetime.now(UTC)))
            return found.count(What.CANARY) >= count

        wait_for(came)
        assert set(found) == {What.CANARY}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    for name in FOLDERS:
        (tmp_path / name).mkdir(mode=0o700)
    make_secrets(tmp_path / "secrets")
    (tmp_path / "vaiti.toml").write_text(TEXT.format(port=free_port(0, BOTH)))
    settings = load_settings(tmp_path)
    config = KeyConfig(
        *(settings.keys_socket, settings.keystore, settings.secrets / "keystore.passphrase"),
        settings.secrets / "grant.pub",
        cost=1 << 4,
    )
    made, entries = House(settings), entries_of(database_uri())
    server = KeyServer(config, lambda: made.now, witness_of(entries))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield made
    made.stop_recorder()
    made.keys.close()
    server.stop()
    thread.join()
    if isinstance(entries, PostgresqlEntries):
        entries.close()


def test_n22_each_line_is_called_and_what_arrives_is_opened_compared_and_destroyed(
    house: House, cast: Cast
) -> None:
    Line.objects.filter(id=cast.telesales_line.id).update(announced=True, keypad=True)
    now = datetime.now(UTC)
    dialogues.record(Talk(now.date(), "a", "b", "c"), by=cast.dpo.id, now=now)
    assert house.desk.place(now) == 0, "none before a recorder that is just starting takes calls"
    assert house.orders.write_if_due(now)
    house.start_recorder()
    assert house.desk.place(now) == 3
    house.take_in(3)
    objects = list(house.store.names())
    assert (len(objects), Arrival.objects.count()) == (3, 3)
    for row in Canary.objects.all():
        first = to_micros(row.started_at)
        assert [side["sound_us"] >= first for side in row.recording["sides"]] == [True, True]
    assert house.judge(now) == 3
    rows = Canary.objects.all()
    assert {row.state for row in rows} == {"well"}, [(row.state, row.cause) for row in rows]
    assert alarms.standing() == []
    assert not Gap.objects.exists()
    assert not Call.objects.exists()
    assert not Arrival.objects.exists()
    assert list(house.store.names()) == []
    for stone in Tombstone.objects.all():
        assert not house.keys.alive(CallId(stone.call.hex))
    assert Tombstone.objects.count() == 3
    assert lateness(now - timedelta(days=1), now + timedelta(days=1)).destroyed == 0
    for kind in ("access:canary:opened", "register:canary:judged", "retention:canary:destroyed"):
        assert len(entries(kind=kind).entries) == 3
    assert house.desk.place(now + timedelta(minutes=59)) == 0
    misses(house, now + timedelta(minutes=60), cast)


def misses(house: House, now: datetime, cast: Cast) -> None:
    """Without a recorder each line has one row, however long that lasts, until it is well again."""
    house.stop_recorder()
    Line.objects.exclude(id=cast.service_line.id).update(recorded=False)
    assert house.desk.place(now) == 1
    assert house.desk.place(now + timedelta(minutes=9)) == 0
    assert house.desk.place(now + timedelta(minutes=10)) == 1
    (row,) = Gap.objects.all()
    assert (row.kind, row.cause, row.calls, row.line_id) == (
        *("canary", "canary_unanswered", 2),
        cast.service_line.id,
    )
    assert row.ended_at == now + timedelta(minutes=10)
    assert [alarm.kind for alarm in alarms.standing()] == ["canary_missed"]
    house.start_recorder()
    again = now + timedelta(minutes=20)
    assert house.desk.place(again) == 1
    settle(again + timedelta(minutes=5))  # nobody took it in
    assert Gap.objects.filter(cause="canary_lost").count() == 1
    house.take_in(1)  # too late, and only destroyed
    assert house.judge(again) == 1
    assert len(alarms.standing()) == 1
    assert house.desk.place(again + timedelta(minutes=10)) == 1
    house.take_in(1)
    assert house.judge(again + timedelta(minutes=11)) == 1
    assert alarms.standing() == []
