"""Orders: written when lines, peers or keys change, renewed each hour, read by the recorder."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cast import Cast
from vaiti.audit.reading import entries
from vaiti.capture.orders import Peer
from vaiti.capture.signed_orders import read
from vaiti.due import alarms
from vaiti.notice import lines
from vaiti.ops import peer_blocks
from vaiti.ops.first.deployment import FOLDERS, make_secrets
from vaiti.ops.orders import OrdersDesk
from vaiti.ops.sections.canary import CanaryRules
from vaiti.ops.sections.general import Controller
from vaiti.ops.settings import Settings
from vaiti.promises.papers import dialogues
from vaiti.promises.papers.dialogues import Talk
from vaiti.vault.keyclient import KeyClient, KeysUnavailable
from vaiti.vault.keyfiles import read_seed
from vaiti.vault.keyprocess import KeyConfig, KeyServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in FOLDERS:
        (tmp_path / name).mkdir(mode=0o700)
    make_secrets(tmp_path / "secrets")
    peer = Peer("pbx", ("10.0.0.1/32",))
    controller, none = Controller("Posti", "1-2", "a@example.fi"), CanaryRules(minutes=0)
    return Settings(tmp_path, controller, peers=(peer,), canary=none)


@pytest.fixture
def keys(settings: Settings, now: datetime) -> Iterator[KeyClient]:
    secrets = settings.secrets
    config = KeyConfig(
        settings.keys_socket,
        settings.keystore,
        secrets / "keystore.passphrase",
        secrets / "grant.pub",
        cost=1 << 10,
    )
    server = KeyServer(config, lambda: now, lambda grant: None)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield KeyClient(settings.keys_socket)
    server.stop()
    thread.join()


def desk_of(settings: Settings, keys: KeyClient) -> OrdersDesk:
    return OrdersDesk(settings, keys, read_seed(settings.secrets / "orders.key"))


def test_n11_the_recorder_is_told_each_line_and_whether_it_is_recorded(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime
) -> None:
    desk = desk_of(settings, keys)
    assert desk.write_if_due(now) and desk.standing
    told = {line.number: line.recorded for line in desk.standing.lines}
    assert [number for number, on in told.items() if on] == [cast.test_line.number]  # L-35
    dialogues.record(Talk(now.date(), "a", "b", "c"), by=cast.dpo.id, now=now)
    assert desk.write_if_due(now)
    content = (settings.run / "orders.json").read_bytes()
    public = (settings.secrets / "orders.pub").read_bytes()
    orders = read(content, public, now.timestamp())
    recorded = {line.number: line.recorded for line in orders.lines}
    assert recorded[cast.service_line.number] is True
    assert recorded[cast.unrecorded_line.number] is False
    assert [peer.name for peer in orders.peers] == ["pbx"]
    assert orders.intake.public == keys.describe().intake_public


def test_orders_are_written_again_only_when_they_change_or_grow_old(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime
) -> None:
    desk = desk_of(settings, keys)
    assert desk.write_if_due(now)
    assert not desk.write_if_due(now + timedelta(minutes=59))
    assert desk.write_if_due(now + timedelta(minutes=60))
    later = now + timedelta(minutes=61)
    lines.end_line(cast.service_line.number, by="system:test", now=later)
    assert desk.write_if_due(later)
    body = json.loads((settings.run / "orders.json").read_text())["body"]
    told = {line["number"] for line in json.loads(base64.b64decode(body))["lines"]}
    assert cast.service_line.number not in told


def test_without_keys_the_orders_before_stand(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime, tmp_path: Path
) -> None:
    desk = desk_of(settings, keys)
    desk.write_if_due(now)
    before = (settings.run / "orders.json").read_bytes()
    desk.keys = KeyClient(tmp_path / "nobody")
    with pytest.raises(KeysUnavailable):
        desk.write_if_due(now + timedelta(hours=2))
    assert (settings.run / "orders.json").read_bytes() == before


def test_a_clock_that_goes_back_issues_no_orders_that_look_older(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime
) -> None:
    desk_of(settings, keys).write_if_due(now + timedelta(days=190))
    public = (settings.secrets / "orders.pub").read_bytes()
    ahead = read((settings.run / "orders.json").read_bytes(), public, now.timestamp())
    desk = desk_of(settings, keys)
    assert desk.write_if_due(now)
    back = read((settings.run / "orders.json").read_bytes(), public, now.timestamp(), ahead)
    assert back.issued_us > ahead.issued_us
    assert back.expires_us < ahead.expires_us
    assert not desk.write_if_due(now + timedelta(minutes=59))
    assert desk.write_if_due(now + timedelta(minutes=61))


PEER = '[[peer]]\nname = "{name}"\naddresses = ["{address}"]\n'
CONTROLLER = '[controller]\nname = "P"\nbusiness_id = "1-2"\nprivacy_contact = "a@example.fi"\n'


def told_peers(settings: Settings, now: datetime) -> list[str]:
    content = (settings.run / "orders.json").read_bytes()
    public = (settings.secrets / "orders.pub").read_bytes()
    return [peer.name for peer in read(content, public, now.timestamp()).peers]


def write_file(settings: Settings, *peers: str) -> None:
    blocks = [PEER.format(name=name, address=f"10.0.0.{len(name)}") for name in peers]
    (settings.folder / "vaiti.toml").write_text(CONTROLLER + "".join(blocks))


def test_peers_of_a_changed_settings_file_are_followed_and_logged(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime
) -> None:
    write_file(settings, "pbx")
    desk = desk_of(settings, keys)
    desk.write_if_due(now)
    write_file(settings, "pbx", "border")
    later = now + timedelta(seconds=2)
    assert desk.write_if_due(later)
    assert told_peers(settings, later) == ["pbx", "border"]
    assert not desk.write_if_due(later)
    first, second = reversed(entries(kind="ops:settings:changed").entries)
    told = {"what": "peers", "before": 0, "now": 1, "names": "pbx", "added": "pbx"}
    assert first.facts == told
    told = {"what": "peers", "before": 1, "now": 2, "names": "pbx, border", "added": "border"}
    assert second.facts == told


def test_a_peer_that_is_changed_or_ended_by_command_is_followed_and_logged(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime
) -> None:
    write_file(settings, "pbx", "border")
    desk = desk_of(settings, keys)
    desk.write_if_due(now)
    path = settings.folder / "vaiti.toml"
    path.write_text(peer_blocks.changed(path.read_text(), "pbx", {"srtp": '"required"'}))
    path.write_text(peer_blocks.without(path.read_text(), "border"))
    later = now + timedelta(seconds=2)
    assert desk.write_if_due(later)
    assert told_peers(settings, later) == ["pbx"]
    newest = entries(kind="ops:settings:changed").entries[0].facts
    assert (newest["ended"], newest["changed"]) == ("border", "pbx")


def test_a_change_while_no_worker_ran_is_logged_by_the_next_one(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime
) -> None:
    write_file(settings, "pbx", "border")
    desk_of(settings, keys).write_if_due(now)
    write_file(settings, "pbx")
    desk_of(settings, keys).write_if_due(now + timedelta(days=3))  # those orders have expired
    desk_of(settings, keys).write_if_due(now + timedelta(days=3))
    facts = [entry.facts for entry in entries(kind="ops:settings:changed").entries]
    assert [(fact["before"], fact["now"]) for fact in facts] == [(2, 1), (0, 2)]


@pytest.mark.parametrize(
    "edit",
    [
        ("[[peer\n", "is not TOML"),
        (CONTROLLER + PEER.format(name="all", address="0.0.0.0/0"), "whole world"),
        (CONTROLLER + "[webb]\n", "did you mean web?"),
        ("", "lacks name"),
    ],
)
def test_a_bad_edit_is_an_alarm_until_it_is_mended_and_the_peers_before_stand(
    settings: Settings, keys: KeyClient, cast: Cast, now: datetime, edit: tuple[str, str]
) -> None:
    write_file(settings, "pbx")
    desk = desk_of(settings, keys)
    desk.write_if_due(now)
    (settings.folder / "vaiti.toml").write_text(edit[0])
    assert desk.write_if_due(now + timedelta(hours=2))  # the hourly renewal goes on
    assert told_peers(settings, now + timedelta(hours=2)) == ["pbx"]
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key) == ("settings_refused", "vaiti.toml")
    assert edit[1] in alarm.detail
    write_file(settings, "pbx", "border")
    assert desk.write_if_due(now + timedelta(hours=2))
    assert alarms.standing() == []
    assert told_peers(settings, now + timedelta(hours=2)) == ["pbx", "border"]


def test_the_recorder_is_told_the_next_days_intake_key_when_the_day_turns(
    settings: Settings, cast: Cast, now: datetime
) -> None:
    secrets, clock = settings.secrets, [now]
    paths = (settings.keys_socket, settings.keystore)
    config = KeyConfig(*paths, secrets / "keystore.passphrase", secrets / "grant.pub", cost=1 << 10)
    server = KeyServer(config, lambda: clock[0], lambda grant: None)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        desk = desk_of(settings, KeyClient(settings.keys_socket))
        desk.write_if_due(now)
        first = desk.standing
        clock[0] = now + timedelta(days=1)
        assert desk.write_if_due(clock[0])
        assert first is not None and desk.standing is not None
        assert first.intake.day < desk.standing.intake.day
        assert first.intake.public != desk.standing.intake.public
    finally:
        server.stop()
        thread.join()
