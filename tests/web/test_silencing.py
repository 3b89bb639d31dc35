"""A card number found afterwards (L-44): asked on the page, done by the worker, proven, logged."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.access import mandates
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.ops.silencing import SilencingDesk
from vaiti.register import calls, silencing
from vaiti.register.models import Call, Picture, Silencing, State
from vaiti.retention.destroy import execute
from vaiti.retention.planning import plan
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault.journal import JournalWriter, Kind, frame
from vaiti.vault.keyclient import KeyClient
from web.conftest import SignIn
from web.world import World

RATE = 8000
FORM = {"begins": "0:10", "ends": "0:13", "side": "both", "reason": "payment", "sure": "yes"}
Sound = Callable[[Client, UUID], "np.ndarray[Any, Any]"]


def desk(world: World) -> SilencingDesk:
    journal = world.folder / "journal"
    journal.mkdir(exist_ok=True)
    return SilencingDesk(world.keys, world.store, journal, world.room.secrets.seed)


def silence(client: Client, call: UUID, **changes: str) -> int:
    leg = calls.legs(call)[0].id
    return client.post(f"/calls/{call.hex}/silence", {"leg": leg, **FORM, **changes}).status_code


def heard(client: Client, call: UUID) -> "np.ndarray[Any, Any]":
    """The sound as a player gets it, both sides."""
    leg = calls.legs(call)[0].id
    given = {"leg": leg, "purpose": "verify", "reference": "CASE-7"}
    opened = client.post(f"/calls/{call.hex}/listen", given)
    listening = opened.headers["Location"].rpartition("/")[2]
    body = b""
    while True:
        answer = client.get(
            f"/calls/{call.hex}/audio/{listening}", headers={"Range": f"bytes={len(body)}-"}
        )
        assert answer.status_code == 206
        body += answer.content
        if len(body) == int(answer.headers["Content-Range"].rpartition("/")[2]):
            return np.frombuffer(body[44:], "<i2").reshape(-1, 2)


def object_of(call: UUID) -> ObjectId:
    return ObjectId(Call.objects.get(id=call).object_id.hex)


def test_l44_a_passage_falls_silent_for_good_and_the_rest_stays(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=30)
    manager, before = sign_in(cast.mikko), object_of(call)
    sound, old = heard(manager, call), world.store.get(before, 0, 1 << 22)
    assert silence(manager, call) == 303
    page = manager.get(f"/calls/{call.hex}/").content.decode()
    assert "nobody can hear the call meanwhile" in page
    leg = calls.legs(call)[0].id
    closed = manager.post(f"/calls/{call.hex}/listen", {"leg": leg, "purpose": "verify"})
    assert closed.status_code == 404
    assert desk(world).round(NOW) == 1
    silent = heard(manager, call)
    assert np.abs(silent[10 * RATE : 13 * RATE]).max() <= 8
    outside = np.r_[0 : 10 * RATE, 13 * RATE : len(sound)]
    assert np.array_equal(silent[outside], sound[outside])
    row = Call.objects.get(id=call)
    (span,) = row.recording["silenced"]
    assert (span["to_us"] - span["from_us"], span["reason"]) == (3_000_000, "payment")
    assert (row.marks, row.state) == (4, State.KEPT)
    assert world.store.absent(before)
    files = [path for path in world.folder.rglob("*") if path.is_file()]
    assert not any(old[4096:8192] in path.read_bytes() for path in files)
    assert "silenced for good on 23.11.2026" in manager.get(f"/calls/{call.hex}/").content.decode()


def test_l44_it_is_announced_in_the_log_and_told_to_the_officer(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=30)
    was = Call.objects.get(id=call).recording["sha256"]
    silence(sign_in(cast.mikko), call)
    desk(world).round(NOW)
    kinds = ("call:passage:silencing", "call:passage:silenced")
    announced, told = (
        json.loads(Leaf.objects.get(kind=kind, subject=call.hex).body)["facts"] for kind in kinds
    )
    assert (announced["sha256"], announced["rule"]) == (was, "subordinate_leg")
    assert told["sha256"] == Call.objects.get(id=call).recording["sha256"] != was
    assert told["to_us"] - told["from_us"] == 3_000_000
    queue = sign_in(cast.dpo).get("/queue/").content.decode()
    assert "A passage of a recording was silenced for good" in queue


def test_n28_only_who_may_and_never_the_agent_of_the_call(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=30)
    for person in (cast.anna, cast.leila, cast.trainer, cast.administrator, cast.auditor):
        assert silence(sign_in(person), call) == 404
    assert "Silence a passage" not in sign_in(cast.anna).get(f"/calls/{call.hex}/").content.decode()
    case = mandates.open_mandate("case", "R-1", ends_at=NOW + timedelta(days=1), by="x", now=NOW)
    mandates.name_person(case, cast.rights_handler.id, by="x", now=NOW)
    mandates.add_call(case, call, by="x", now=NOW)
    assert silence(sign_in(cast.rights_handler), call) == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"begins": "0:14"},
        {"begins": "card"},
        {"begins": "0:31", "ends": "0:32"},
        {"ends": "2:11"},
        {"side": "left"},
        {"reason": "because"},
        {"sure": ""},
    ],
)
def test_what_is_no_passage_changes_nothing(
    world: World, cast: Cast, sign_in: SignIn, wrong: dict[str, str]
) -> None:
    call = world.call("anna.astrom", seconds=30)
    assert silence(sign_in(cast.mikko), call, **wrong) == 422
    assert not Silencing.objects.exists()
    assert Call.objects.get(id=call).state == State.KEPT


class Killed(BaseException):
    """What a worker feels of kill -9."""


def killed(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("where", ["rekey", "after_rekey", "sealed", "done"])
def test_l44_a_worker_killed_anywhere_loses_nothing_and_says_nothing_early(
    world: World,
    cast: Cast,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    call = world.call("anna.astrom", seconds=30)
    manager, before = sign_in(cast.mikko), object_of(call)
    sound = heard(manager, call)
    silence(manager, call)
    real = KeyClient.rekey

    def rekey_and_die(*given: Any) -> None:  # noqa: ANN401
        real(*given)
        raise Killed

    with monkeypatch.context() as patch:
        if where in ("rekey", "after_rekey"):
            patch.setattr(KeyClient, "rekey", killed if where == "rekey" else rekey_and_die)
        else:
            patch.setattr(silencing, where, killed)
        with pytest.raises(Killed):
            desk(world).round(NOW)
    row = Silencing.objects.get()
    assert (row.state, row.done_at) == ("sealed" if where == "done" else "asked", None)
    assert not Leaf.objects.filter(kind="call:passage:silenced").exists()
    assert desk(world).round(NOW) == 1
    silent = heard(manager, call)
    outside = np.r_[0 : 10 * RATE, 13 * RATE : len(sound)]
    assert np.array_equal(silent[outside], sound[outside])
    assert np.abs(silent[10 * RATE : 13 * RATE]).max() <= 8
    assert world.store.absent(before)
    assert sorted(world.store.names()) == [object_of(call)]


def test_l44_it_is_not_done_while_a_journal_holds_the_call(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=30)
    silence(sign_in(cast.mikko), call)
    working = desk(world)
    writer = JournalWriter(working.journal)
    writer.append([frame(Kind.DRAFT, CallId(call.hex), b"draft")])
    writer.close()
    assert working.round(NOW) == 0
    page = sign_in(cast.mikko).get(f"/calls/{call.hex}/").content.decode()
    assert "the old recording is being removed" in page
    assert not alarms.standing()
    assert working.round(NOW + timedelta(hours=2)) == 0
    assert [one.kind for one in alarms.standing()] == ["retention:passage_remains"]
    for path in Path(working.journal).rglob("*.vj"):
        path.unlink()
    assert working.round(NOW + timedelta(hours=2)) == 1
    assert not alarms.standing()


def test_without_keys_it_waits_unheard_and_says_so(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=30)
    silence(sign_in(cast.mikko), call)
    world.stop_keys()
    assert desk(world).round(NOW) == 0
    assert [one.detail for one in alarms.standing()] == ["keys_unavailable"]
    assert silence(sign_in(cast.mikko), call) == 422
    world.start_keys()
    assert desk(world).round(NOW) == 1
    assert not alarms.standing()


@pytest.mark.django_db(transaction=True)
def test_n19_a_call_destroyed_meanwhile_leaves_neither_object(
    world: World, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = world.call("anna.astrom", seconds=30)
    silence(sign_in(cast.mikko), call)
    with monkeypatch.context() as patch:
        patch.setattr(KeyClient, "rekey", killed)
        with pytest.raises(Killed):
            desk(world).round(NOW)
    assert len(list(world.store.names())) == 2
    due = NOW + timedelta(days=190)
    planned = plan(due)
    assert planned is not None
    execute(planned.id, world.keys, world.store, desk(world).journal, due)
    assert list(world.store.names()) == []
    assert not Silencing.objects.exists()


def test_the_picture_of_the_lanes_is_made_anew(world: World, cast: Cast, sign_in: SignIn) -> None:
    call = world.call("anna.astrom", seconds=30)
    manager, leg = sign_in(cast.mikko), calls.legs(call)[0].id
    given = {"leg": leg, "purpose": "verify", "reference": "CASE-7"}

    def lanes() -> str:
        opened = manager.post(f"/calls/{call.hex}/listen", given)
        listening = opened.headers["Location"].rpartition("/")[2]
        return manager.get(f"/calls/{call.hex}/lanes/{listening}").content.decode()

    assert "0:10–0:13" not in lanes()
    (old,) = Picture.objects.values_list("sealed", flat=True)
    silence(manager, call)
    desk(world).round(NOW)
    assert not Picture.objects.exists()
    assert "0:10–0:13" in lanes()
    assert bytes(Picture.objects.get().sealed) != bytes(old)
