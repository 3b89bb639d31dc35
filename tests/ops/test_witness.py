"""A key is given for a signed grant whose audit entry stands, and for nothing else.

A real key process's server on a real socket, asking the log of a real database.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection, transaction

from vaiti.access.key_copies import grant_for
from vaiti.access.key_work import KeyWork
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.audit.presence import LogUnreadable, PostgresqlEntries, SqliteEntries, entries_of
from vaiti.due import alarms
from vaiti.ops.accounting import AccountingDesk
from vaiti.ops.witness import witness_of
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId, new_call_id, new_object_id
from vaiti.vault.grant import SILENCING, Grant
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.keyprocess import KeyServer
from vaiti.vault.work import DESTRUCTION, MOVING, on_calls, on_days
from vaiti.vault.wrapping import seal_key, seal_manifest
from vault.keyworld import CALL, Keys, make_keys

pytestmark = pytest.mark.django_db(transaction=True)
DATA_KEY = bytes(range(32))
PERSON, LISTENING = uuid4().hex, uuid4().hex
Serve = Callable[[str], None]


def database_uri() -> str:
    """Of the tests' own database."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(told["NAME"])
    host = f"?host={told['HOST']}" if str(told["HOST"]).startswith("/") else ""
    place = "" if host else f"{told['HOST']}:{told['PORT'] or 5432}"
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@{place}/{told['NAME']}{host}"


@dataclass
class House:
    """The key process with one call's key, and the hand that writes entries and signs grants."""

    keys: Keys
    now: datetime

    def write(self, kind: Kind = Kind.ACCESS_LISTENING_OPENED, **changes: object) -> str:
        """An entry of a listening; returns its leaf."""
        told = {"actor": PERSON, "subject": CALL, "purpose": "verify", "at": self.now, **changes}
        facts = {"listening": LISTENING, "purpose": str(told["purpose"])}
        actor, subject, at = str(told["actor"]), str(told["subject"]), told["at"]
        assert isinstance(at, datetime)
        with transaction.atomic():
            return log.append(kind, actor=actor, subject=subject, facts=facts, now=at).hex

    def grant(self, leaf: str, **changes: object) -> Grant:
        moment = to_micros(self.now)
        grant = Grant(
            grant=LISTENING,
            leaf=leaf,
            call_id=CALL,
            actor=PERSON,
            purpose="verify",
            from_us=0,
            to_us=60_000_000,
            not_before_us=moment,
            expires_us=moment + 600_000_000,
        )
        return replace(grant, **changes)  # type: ignore[arg-type]

    def said_of(self, grant: Grant) -> str:
        """What the key process says when it refuses; empty when it gives the key."""
        try:
            key = self.keys.client().unwrap(self.keys.token(grant))
        except KeysRefused as error:
            assert error.code == "refused"
            return str(error)
        assert key == DATA_KEY
        return ""


@pytest.fixture
def house(tmp_path: Path, now: datetime) -> Iterator[House]:
    keys = make_keys(tmp_path, now)
    entries = entries_of(database_uri())
    server = KeyServer(keys.config, lambda: now, witness_of(entries))
    thread = threading.Thread(target=server.run)
    thread.start()
    client = KeyClient(keys.config.socket, KeyWork(keys.seed, lambda: now))
    described = client.describe()
    wrapped = seal_key(described.intake_public, CALL, DATA_KEY)
    manifest = seal_manifest(described.intake_public, CALL, b"{}")
    client.rewrap(CALL, wrapped, described.intake_day, manifest, date(2027, 5, 23))
    yield House(keys, now)
    server.stop()
    thread.join()
    if isinstance(entries, PostgresqlEntries):
        entries.close()


def test_n33_a_key_is_given_only_where_the_grants_own_audit_entry_stands(house: House) -> None:
    leaf, now = house.write(), house.now
    assert house.said_of(house.grant(leaf)) == ""
    renewed = house.write(Kind.ACCESS_LISTENING_RESUMED)
    assert house.said_of(house.grant(renewed)) == ""
    refused = {
        "no entry": [
            house.grant(uuid4().hex),
            house.grant("no leaf at all"),
        ],
        "another call": [
            house.grant(house.write(subject=new_call_id())),
            house.grant(leaf, call_id=new_call_id()),
        ],
        "another person or purpose": [
            house.grant(house.write(actor=uuid4().hex)),
            house.grant(leaf, purpose="security"),
        ],
        "another listening": [
            house.grant(leaf, grant=uuid4().hex),
            house.grant(house.write(Kind.ACCESS_LISTENING_REFUSED)),
        ],
        "too old": [house.grant(house.write(at=now - timedelta(minutes=51)))],
        "older than its audit entry": [house.grant(house.write(at=now + timedelta(seconds=1)))],
        "no silencing": [house.grant(leaf, purpose=SILENCING, actor="system:silencing")],
    }
    for words, grants in refused.items():
        assert all(words in house.said_of(grant) for grant in grants), words
    machine = house.write(actor="system:verifying", at=now - timedelta(minutes=1))
    assert house.said_of(house.grant(machine, actor="system:verifying")) == ""


def test_n33_an_entry_that_was_changed_or_removed_bears_out_nothing(house: House) -> None:
    leaf, other = house.write(), house.write(subject=new_call_id())
    body = Leaf.objects.get(id=leaf).body
    Leaf.objects.filter(id=other).update(body=body, subject=CALL)
    assert "no entry" in house.said_of(house.grant(other))
    Leaf.objects.filter(id=leaf).delete()
    assert "no entry" in house.said_of(house.grant(leaf))


def test_n33_a_grant_gives_its_key_once_and_none_from_before_the_start(house: House) -> None:
    client, leaf = house.keys.client(), house.write()
    token = house.keys.token(house.grant(leaf))
    assert client.unwrap(token) == DATA_KEY
    with pytest.raises(KeysRefused, match="already"):
        client.unwrap(token)
    assert house.said_of(house.grant(leaf)) == ""
    early = house.write(at=house.now - timedelta(minutes=1))
    before = house.grant(early, not_before_us=to_micros(house.now) - 1)
    with pytest.raises(KeysUnavailable, match="started after"):
        client.unwrap(house.keys.token(before))
    forged = replace(house.keys, seed=bytes(32)).token(house.grant(leaf))
    expired = house.grant(leaf, not_before_us=0, expires_us=to_micros(house.now))
    expired = replace(expired, not_before_us=expired.expires_us - 1)
    for refused in (forged, house.keys.token(expired)):
        with pytest.raises(KeysRefused) as error:
            client.unwrap(refused)
        assert error.value.code == "refused"


def test_n33_an_entry_that_is_taken_out_again_is_found_and_told_once(house: House) -> None:
    kept, taken = house.write(), house.write()
    for leaf in (kept, taken, kept):
        assert house.said_of(house.grant(leaf)) == ""
    desk = AccountingDesk(house.keys.client())
    gone = {"salt": None, "body": "", "actor": "", "subject": ""}
    Leaf.objects.filter(id=kept).update(**gone)  # its time came: the leaf stands
    Leaf.objects.filter(id=taken).delete()
    assert desk.round(house.now) == 0  # the sequencer has not had them yet
    later = house.now + timedelta(minutes=2)
    assert (desk.round(later), desk.round(later)) == (1, 0)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key, alarm.event) == ("key_without_entry", taken, True)
    again = AccountingDesk(house.keys.client())
    assert again.round(later) == 1


def test_n33_nothing_is_silenced_under_an_entry_that_did_not_announce_it(house: House) -> None:
    client, described = house.keys.client(), house.keys.client().describe()
    wrapped = seal_key(described.intake_public, CALL, b"n" * 32)
    ask = partial(client.rekey, was="0" * 64, wrapped=wrapped, intake_day=described.intake_day)
    heard = house.grant(house.write(), purpose=SILENCING, actor="system:silencing")
    with pytest.raises(KeysRefused, match="announces no silencing"):
        ask(house.keys.token(heard))
    announced = house.write(Kind.CALL_PASSAGE_SILENCING, at=house.now - timedelta(days=2))
    with pytest.raises(KeysRefused, match="another key"):
        ask(house.keys.token(replace(heard, leaf=announced)))


def test_n33_the_key_store_is_copied_for_a_backup_that_the_log_names_and_once(house: House) -> None:
    keys, client, backup = house.keys, house.keys.client(), new_object_id()
    token = grant_for(backup, house.now, keys.seed)
    with client.copy(token) as copied:
        assert copied.read(6) == b"SQLite"
    leaf = Leaf.objects.get(kind=Kind.KEYS_STORE_COPIED, subject=backup).id.hex
    assert client.given(0) == [(leaf, to_micros(house.now))]
    heard = house.grant(house.write())
    made = keys.backup_grant(grant=backup, leaf=leaf)
    for words, other in {
        "already": token,
        "for a backup only": keys.token(heard),
        "no such copy": keys.token(replace(made, grant=new_object_id())),
        "another actor or a call": keys.token(replace(made, call_id=CALL)),
        "no entry": keys.token(replace(made, leaf=uuid4().hex)),
        "not signed": replace(keys, seed=bytes(32)).token(made),
    }.items():
        with pytest.raises(KeysRefused, match=words):
            client.copy(other)
    with pytest.raises(KeysRefused):
        client.unwrap(keys.token(replace(made, call_id=CALL)))
    with pytest.raises(KeysRefused, match="copy takes a grant"):
        client._ask(op="copy")


def test_n33_keys_are_moved_destroyed_and_renewed_only_under_a_grant_for_that_very_batch(
    house: House,
) -> None:
    keys, day = house.keys, date(2027, 6, 1)
    worker = KeyClient(keys.config.socket, KeyWork(keys.seed, lambda: house.now))
    bare, other = KeyClient(keys.config.socket), new_call_id()
    asked = {"op": "move", "calls": [CALL], "day": day.isoformat()}
    signed = keys.worked(on_calls(MOVING, [CALL], day))  # and no entry
    for words, more in {
        "takes a grant": {},
        "no entry": {"grant": signed},
        "other work": {"grant": worker._grant(on_calls(MOVING, [CALL, other], day))},
        "other work than": {"grant": worker._grant(on_calls(DESTRUCTION, [CALL]))},
    }.items():
        with pytest.raises(KeysRefused, match=words):
            bare._ask(**asked, **more)  # type: ignore[arg-type]
    for ask in (
        lambda: bare.move([CALL], day),
        lambda: bare.destroy_calls([CALL]),
        lambda: bare.destroy_day(day),
        lambda: bare.destroy_intake(day),
        bare.rotate,
    ):
        with pytest.raises(KeysRefused, match="no grants"):
            ask()
    assert worker.alive(CALL)
    worker.move([CALL], day)
    assert day in worker.describe().days
    assert worker.rotate().generation == 2
    worker.destroy_calls([CALL, other])
    assert not worker.alive(CALL)
    one_day = worker._grant(on_days("day", [day]))
    for days in ([day.isoformat(), "2027-06-02"], ["2027-06-02"]):
        with pytest.raises(KeysRefused, match="other work"):
            bare._ask(op="destroy", what="days", days=days, grant=one_day)
    for days in ([], ["soon"], [day.isoformat()] * 401):
        with pytest.raises(KeysRefused) as refused:
            bare._ask(op="destroy", what="days", days=days, grant=one_day)
        assert refused.value.code == "malformed"
    assert day in worker.describe().days
    worker.destroy_days([day, date(2027, 6, 2)])
    assert day not in worker.describe().days
    told = Leaf.objects.filter(kind=Kind.KEYS_WORK_GRANTED)
    subject = on_calls(DESTRUCTION, [other, CALL]).about
    assert told.get(subject=subject).body.count('"count":2') == 1
    assert not bare.given(0)  # no key was handed out


def test_n33_one_grant_takes_a_batch_in_and_no_call_besides(house: House) -> None:
    keys, batch = house.keys, [new_call_id(), new_call_id()]
    worker = KeyClient(keys.config.socket, KeyWork(keys.seed, lambda: house.now))
    described, permit = worker.describe(), worker.permit(batch)

    def take_in(call: CallId) -> bytes:
        public = described.intake_public
        wrapped, sealed = seal_key(public, call, DATA_KEY), seal_manifest(public, call, b"{}")
        told = (wrapped, described.intake_day, sealed, date(2027, 5, 23))
        return worker.rewrap(call, *told, permit=permit)

    assert [take_in(call) for call in batch] == [b"{}", b"{}"]
    with pytest.raises(KeysRefused, match="none of the calls"):
        take_in(new_call_id())
    assert permit.covers(batch[:1], house.now)
    assert not permit.covers([CALL], house.now)
    assert not permit.covers(batch, house.now + timedelta(minutes=10))
    granted = Leaf.objects.filter(kind=Kind.KEYS_WORK_GRANTED, body__contains="intake")
    assert granted.count() == 2  # the house's own call, and this batch


def test_a_register_that_cannot_be_asked_gives_no_key_and_says_so(tmp_path: Path) -> None:
    away = SqliteEntries(tmp_path / "db.sqlite3")
    with pytest.raises(LogUnreadable):
        away.entry(uuid4().hex)
    server = PostgresqlEntries(f"postgresql://nobody@localhost/none?host={tmp_path}")
    with pytest.raises(LogUnreadable):
        server.entry(uuid4().hex)
