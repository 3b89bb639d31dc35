"""One recorder dies in a call and the sender goes on at another one: the call is one call."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from audio.streams import Packet, segments, stream
from cast import NOW, Cast
from manifests import manifest
from vaiti.audio.track import as_plaintext
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.ops.joining import JoiningDesk
from vaiti.playback import rejoining
from vaiti.register import parts
from vaiti.register.arrivals import Intake, What
from vaiti.register.models import Arrival, Call, Leg, Part, PartSession, State
from vaiti.retention import journals
from vaiti.retention.destroy import execute
from vaiti.retention.models import Tombstone
from vaiti.retention.planning import plan
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import CallId, ObjectId, as_uuid
from vaiti.values.streams import Epoch
from vaiti.vault.gathering import Gatherer
from vaiti.vault.journal import JournalWriter, Kind, frame, opening_body, segment_body
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.manifest import Manifest, encode
from vaiti.vault.sealing import Sealer
from vaiti.vault.wrapping import seal_key, seal_manifest
from web.conftest import SignIn
from web.test_silencing import RATE, heard
from web.world import World, _batch, _talk

SECONDS = 30
BEGAN = to_micros(NOW - timedelta(hours=2))
SESSION = "5e" * 16
SECOND = 1_000_000


def spoken(first_s: float, end_s: float) -> list[Packet]:
    """What was sent from one second to the other, as it was sent to whichever recorder."""
    sides = [
        stream(_talk(SECONDS, side + 1), at_us=BEGAN, seq=0, ts=0, track=side, ssrc=7 + side)
        for side in (0, 1)
    ]
    first, end = BEGAN + first_s * SECOND, BEGAN + end_s * SECOND
    return sorted((p for side in sides for p in side if first <= p.arrival_us < end), key=_batch)


def write(world: World, first_s: float, end_s: float, *, dies: bool, **changes: Any) -> CallId:  # noqa: ANN401
    """What a recorder's journal holds of the call from one second to the other."""
    packets = spoken(first_s, end_s)
    start, ended_us = from_micros(BEGAN + int(first_s * SECOND)), BEGAN + int(end_s * SECOND)
    firsts = [next(p for p in packets if p.track == side) for side in (0, 1)]
    epochs = tuple(
        Epoch(p.track, p.ssrc, 8, "PCMA", 8000, p.seq, p.ts, p.arrival_us) for p in firsts
    )
    made = manifest("anna.astrom", start=start)
    leg = replace(made.legs[0], to_us=ended_us)
    given = {"ended_us": ended_us, "legs": (leg,), "holds": (), "epochs": epochs}
    facts = replace(made, **{**given, "sessions": (SESSION,), **changes})
    with JournalWriter(world.folder / "journal") as journal:
        journal.append(_sealed(world, facts, segments(packets), dies=dies))
        folder = journal.folder
    for path in folder.glob("*.vj"):
        os.utime(path, (ended_us / SECOND,) * 2)
    return CallId(facts.call_id)


def _sealed(world: World, facts: Manifest, records: Sequence[bytes], *, dies: bool) -> list[bytes]:
    described, call = world.keys.describe(), CallId(facts.call_id)
    key, public = os.urandom(32), described.intake_public
    sealer = Sealer(key, call)
    wrapped = seal_key(public, call, key)
    opening = opening_body(described.intake_day.isoformat(), wrapped, sealer.header)
    written = [frame(Kind.OPEN, call, opening)]
    draft = encode(replace(facts, state="draft", segments=0, finished=False, sha256=""))
    written.append(frame(Kind.DRAFT, call, seal_manifest(public, call, draft)))
    for at, one in enumerate(records):
        last = at == len(records) - 1 and not dies
        sealed = sealer.finish(as_plaintext(one)) if last else sealer.seal(as_plaintext(one))
        written.append(frame(Kind.LAST if last else Kind.SEGMENT, call, segment_body(at, sealed)))
    if not dies:
        whole = replace(facts, segments=len(records), finished=True, sha256=sealer.sha256)
        written.append(frame(Kind.MANIFEST, call, seal_manifest(public, call, encode(whole))))
    return written


def take_in(world: World) -> list[What]:
    """By a worker that knows nothing of what another one did."""
    (world.folder / "journal").mkdir(exist_ok=True)
    intake = Intake(world.keys, world.store, Gatherer(world.folder / "journal"))
    return [outcome.what for outcome in intake.step(NOW)]


def desk(world: World) -> JoiningDesk:
    return JoiningDesk(world.keys, world.store, world.room.secrets.seed)


def one_recorder(world: World) -> UUID:
    """The same call as one recorder has it."""
    call = write(world, 0, SECONDS, dies=False, sessions=())
    assert take_in(world)[-1] is What.ENTERED
    return as_uuid(call)


@pytest.mark.parametrize("late", [False, True], ids=["in order", "an hour later"])
@pytest.mark.parametrize(("died", "came"), [(12, 15), (16, 13), (30, 0)])
def test_n13_two_recorders_parts_are_one_call_with_the_lost_time_marked(  # noqa: PLR0917
    world: World, cast: Cast, sign_in: SignIn, died: int, came: int, late: bool
) -> None:
    whole, listener = one_recorder(world), sign_in(cast.anna)
    sound = heard(listener, whole)
    first = {"first_s": 0, "end_s": died, "dies": True}
    other = {"first_s": came, "end_s": SECONDS, "dies": False}
    ids = []
    for part in (other, first) if late else (first, other):
        ids.append(write(world, **part))  # type: ignore[arg-type]
        take_in(world)
    call = Call.objects.exclude(id=whole).get()
    assert (call.id, call.state) == (as_uuid(ids[0]), State.JOINING)
    leg = Leg.objects.get(call=call).id
    asked = {"leg": leg, "purpose": "verify", "reference": "CASE-7"}
    assert listener.post(f"/calls/{call.id.hex}/listen", asked).status_code == 404
    assert desk(world).round(NOW) == 1
    _is_as(call.id, whole)
    again = heard(listener, call.id)
    lost = np.zeros(len(sound), bool)
    lost[died * RATE : max(died, came) * RATE] = True
    assert np.array_equal(again[~lost], sound[~lost])
    assert not np.abs(again[lost][RATE // 5 : -RATE // 5]).max(initial=0) > 8
    call.refresh_from_db()
    (span,) = call.recording["changeovers"]
    missed = (span["to_us"] - span["from_us"]) / SECOND
    assert abs(missed - max(0, came - died)) < 0.05
    assert len(list(world.store.names())) == 2
    assert not world.keys.alive(ids[1]) and world.keys.alive(ids[0])
    assert take_in(world)[-2:] == [What.KNOWN, What.KNOWN]
    assert desk(world).round(NOW) == 0 and Call.objects.count() == 2
    assert journals.trim(world.folder / "journal", NOW).kept == 0


def _is_as(call: UUID, whole: UUID) -> None:
    """In every respect in which a call is counted, kept and destroyed."""
    alike = ("started_at", "ended_at", "ended_by", "recovered", "due_at", "destruction_day")
    alike = (*alike, "due_rule", "notice_id", "customer", "direction", "line_id")
    rows = [Call.objects.values(*alike).get(id=one) for one in (call, whole)]
    assert rows[0] == rows[1]
    legs = ("person_id", "started_at", "ended_at", "destruction_day", "length_s")
    ours, theirs = (
        list(Leg.objects.filter(call=each).order_by("ordinal").values(*legs))
        for each in (call, whole)
    )
    assert ours == theirs
    facts = Leaf.objects.filter(kind="call:part:joined", subject=call.hex)
    assert facts.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"sessions": ("ab" * 16,)},
        {"sessions": ()},
        {"customer": "+358409999***"},
        {"line": "+358207999999"},
        {"direction": "out"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_two_calls_of_one_agent_never_become_one(
    world: World, cast: Cast, changes: dict[str, Any]
) -> None:
    write(world, 0, 12, dies=True)
    write(world, 13, SECONDS, dies=False, **changes)
    assert What.JOINS not in take_in(world)
    assert not Part.objects.exclude(state="first").exists()


class Killed(BaseException):
    """What a worker feels of kill -9."""


def killed(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    "where", ["planned", "rekey", "after_rekey", "sealed", "destroyed", "done"]
)
def test_a_worker_killed_anywhere_while_it_joins_loses_and_doubles_nothing(
    world: World,
    cast: Cast,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    ids = [write(world, 0, 12, dies=True), write(world, 13, SECONDS, dies=False)]
    take_in(world)
    real = KeyClient.rekey

    def rekey_and_die(*given: Any) -> None:  # noqa: ANN401
        real(*given)
        raise Killed

    with monkeypatch.context() as patch:
        if where in ("rekey", "after_rekey"):
            patch.setattr(KeyClient, "rekey", killed if where == "rekey" else rekey_and_die)
        elif where == "destroyed":
            patch.setattr(KeyClient, "alive", killed)
        else:
            patch.setattr(parts, where, killed)
        with pytest.raises(Killed):
            desk(world).round(NOW)
    assert not Leaf.objects.filter(kind="call:part:joined").exists()
    assert desk(world).round(NOW) == 1
    call = Call.objects.get()
    sound = heard(sign_in(cast.anna), call.id)
    assert len(sound) == SECONDS * RATE and np.abs(sound[20 * RATE :]).max() > 1000
    assert [one.hex for one in Call.objects.values_list("object_id", flat=True)] == list(
        world.store.names()
    )
    assert world.keys.living(ids) == {ids[0]}
    assert Tombstone.objects.get().call == as_uuid(ids[1])


def test_a_part_that_cannot_be_opened_takes_nothing_of_the_call_with_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    write(world, 0, 12, dies=True)
    ids = [write(world, 13, SECONDS, dies=False)]
    take_in(world)
    row = Part.objects.get(id=as_uuid(ids[0]))
    path = world.store.path(ObjectId(row.object_id.hex))  # type: ignore[union-attr]
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    assert desk(world).round(NOW) == 0
    call = Call.objects.get()
    assert (call.state, Part.objects.get(id=row.id).state) == (State.KEPT, "apart")
    assert [one.kind for one in alarms.standing()] == ["retention:part_apart"]
    assert np.abs(heard(sign_in(cast.anna), call.id)[: 4 * RATE]).max() > 1000
    later = call.due_at + timedelta(days=1)
    found = plan(later)
    execute(found.id, world.keys, world.store, world.folder / "journal", later)  # type: ignore[union-attr]
    assert not Call.objects.exists() and not Part.objects.exists()
    assert list(world.store.names()) == [] and not world.keys.living(ids)


def test_by_what_a_part_is_known_is_forgotten_after_days(world: World, cast: Cast) -> None:
    write(world, 0, 12, dies=True)
    take_in(world)
    parts.forget(NOW + timedelta(days=2))
    assert PartSession.objects.get().digest == SESSION
    parts.forget(NOW + timedelta(days=4))
    assert not PartSession.objects.exists() and not Part.objects.exists()
    assert not Arrival.objects.exists() and rejoining.NOTHING == 0
