"""Orders: written when lines, peers or keys change, renewed each hour, read by the recorder."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cast import Cast
from vaiti.capture.orders import Peer, read
from vaiti.notice import lines
from vaiti.ops.initial import FOLDERS, make_secrets
from vaiti.ops.orders import OrdersDesk
from vaiti.ops.settings import Controller, Settings
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
    return Settings(tmp_path, Controller("Posti", "1-2", "a@example.fi"), peers=(peer,))


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
    server = KeyServer(config, lambda: now)
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
    assert desk_of(settings, keys).write_if_due(now)
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
