"""Recordings packed into less room: heard the same, never lost, their originals destroyed."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from cast import NOW, Cast
from ops.test_residency import AMAZON, CONTROLLER
from vaiti.access.settling import opening
from vaiti.access.witnessing import fault
from vaiti.audit.models import Leaf
from vaiti.audit.presence import Found
from vaiti.ops.commands import settle as command
from vaiti.ops.restoring import _fetch
from vaiti.ops.settings import WeakSettings, read_settings
from vaiti.ops.settling import DESTROYING, SETTLER, SettlingDesk, held, only_settler
from vaiti.playback import settle as packing
from vaiti.playback.recorded import Recorded
from vaiti.register import checking, settling, silencing
from vaiti.register.check_models import Settling
from vaiti.register.models import Call, State
from vaiti.retention import settle
from vaiti.retention.destroy import execute
from vaiti.retention.planning import plan
from vaiti.retention.settle import GRACE
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId
from vaiti.vault.store import FolderStore, StoreError
from web.conftest import SignIn
from web.test_silencing import desk as silencing_desk
from web.test_silencing import heard, object_of, silence
from web.world import World

LONG_AGO = NOW - timedelta(days=5)


class Killed(BaseException):
    """As a kill: nothing of the program goes on after it."""


def desk(world: World) -> SettlingDesk:
    world.folder.joinpath("run").mkdir(exist_ok=True)
    seed = world.room.secrets.seed
    return SettlingDesk(world.keys, world.store, world.folder / "run", seed, lambda: NOW)


def pack(world: World, now: datetime = NOW) -> int:
    """The key process's clock stands: packing is at NOW, and what is old enough is seen to."""
    return desk(world).round(now)


def call_of(world: World, **changes: Any) -> UUID:  # noqa: ANN401
    return world.call("anna.astrom", start=LONG_AGO, seconds=9, **changes)


def facts(call: UUID, kind: str) -> dict[str, Any]:
    return dict(json.loads(Leaf.objects.get(kind=kind, subject=call.hex).body)["facts"])


def received(world: World, call: UUID) -> bytes:
    """Every packet of the call's recording, opened as a listener's program opens it."""
    one = settling.Open(call, call, object_of(call), object_of(call), NOW, None)
    recorded = Recorded(opening(one, NOW, world.room.secrets.seed), world.keys, world.store)
    return b"".join(packing._octets(packing._every(recorded)))


def objects(world: World) -> set[ObjectId]:
    return set(world.store.names())


def test_n17_a_recording_is_packed_and_heard_to_the_last_sample(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, young = call_of(world), world.call("anna.astrom", seconds=10)
    manager, old, untouched = sign_in(cast.mikko), object_of(call), object_of(young)
    sound, was, size = heard(manager, call), Call.objects.get(id=call), world.store.size(old)
    assert pack(world) == 1
    row = Call.objects.get(id=call)
    assert object_of(call) != old and object_of(young) == untouched
    assert world.store.size(object_of(call)) < 0.75 * size
    assert np.array_equal(heard(manager, call), sound)
    told = facts(call, "call:recording:settled")
    assert (told["sha256"], told["was_sha256"]) == (
        row.recording["sha256"],
        was.recording["sha256"],
    )
    assert facts(call, "call:recording:settling")["purpose"] == "settling"
    # whoever opened it before may read on for an hour
    assert pack(world, NOW + GRACE - timedelta(seconds=1)) == 0 and old in objects(world)
    assert not Leaf.objects.filter(kind="call:original:destroyed").exists()
    assert pack(world, NOW + GRACE) == 0 and world.store.absent(old)
    assert facts(call, "call:original:destroyed")["was_bytes"] == size
    assert np.array_equal(heard(manager, call), sound)
    assert checking.digests([object_of(call)])[object_of(call)] == row.recording["sha256"]
    overview = settling.overview()
    assert (overview.packed, overview.was, overview.left) == (1, size, 0)
    assert objects(world) == {object_of(call), untouched}
    assert pack(world, NOW + timedelta(hours=7)) == 0, "it is packed once"


STEPS: dict[str, tuple[object, str, bool]] = {
    "before the new object is written": (FolderStore, "put", False),
    "after the new object is written": (FolderStore, "put", True),
    "while both are compared": (packing, "same", False),
    "before the call is given the new object": (settling, "made", False),
    "after the call was given the new object": (settling, "made", True),
    "before the original is removed": (settle, "remove_original", False),
    "before it is said that the original is gone": (settling, "done", False),
}


def test_n17_killed_at_any_step_one_whole_recording_is_heard_and_the_next_round_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where, (place, name, after) in STEPS.items():
        call = world.call("anna.astrom", start=LONG_AGO, seconds=3)
        sound, act = received(world, call), getattr(place, name)

        def cut(*given: Any, act: Any = act, after: bool = after) -> None:  # noqa: ANN401
            if after:
                act(*given)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(place, name, cut)
            for now in (NOW, NOW + GRACE):
                with suppress(Killed):
                    pack(world, now)
        assert received(world, call) == sound, where
        for now in (NOW, NOW + GRACE):
            pack(world, now)
        assert received(world, call) == sound, where
        assert Settling.objects.get(call=call).state == settling.DONE, where
        kinds = Leaf.objects.filter(subject=call.hex).values_list("kind", flat=True)
        assert list(kinds).count("call:recording:settled") == 1, where
        assert list(kinds).count("call:original:destroyed") == 1, where
        assert objects(world) == {object_of(one) for one in ids()}, where
        Call.objects.filter(id=call).delete()
        for one in objects(world):
            world.store.path(one).unlink()


def ids() -> list[UUID]:
    return list(Call.objects.values_list("id", flat=True))


def test_what_is_held_silenced_unfinished_or_due_soon_is_left_alone(world: World) -> None:
    call = call_of(world)
    row, whole = Call.objects.filter(id=call), Call.objects.get(id=call).recording
    later = NOW + timedelta(days=300)
    changes: list[dict[str, Any]] = [
        {"state": State.SILENCING},
        {"state": State.DESTROYING},
        {"ordinary_due_at": later},
        {"narrow_at": later},
        {"due_at": NOW + timedelta(days=1)},
        {"recording": whole | {"finished": False}},
    ]
    for change in changes:
        plain = row.values(*change).get()
        row.update(**change)
        assert pack(world) == 0, change
        row.update(**plain)
    assert not Settling.objects.exists()
    # changed between the look and the last step: nothing is left of what was made
    one = settling.begin(call, NOW)
    assert one is not None
    row.update(narrow_at=later)
    opened = opening(one, NOW, world.room.secrets.seed)
    assert not settle.pack(one, opened, world.keys, world.store, NOW)
    assert objects(world) == {object_of(call)} and not Settling.objects.exists()


def test_n04_a_damaged_recording_and_one_that_gains_nothing_stay_as_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged, dense, differs = call_of(world), call_of(world), call_of(world)
    path = world.store.path(object_of(damaged))
    content = bytearray(path.read_bytes())
    content[9_000] ^= 1
    path.write_bytes(content)
    before = {one: object_of(one) for one in (damaged, dense, differs)}
    for call, where, change in (
        (damaged, "WORTH", 0.95),
        (dense, "WORTH", 0.1),
        (differs, "same", lambda *_: False),
    ):
        one = settling.begin(call, NOW)
        assert one is not None
        opened = opening(one, NOW, world.room.secrets.seed)
        with monkeypatch.context() as patch:
            patch.setattr(packing if where == "same" else settle, where, change)
            assert not settle.pack(one, opened, world.keys, world.store, NOW)
    rows = dict(Settling.objects.values_list("call", "last_error"))
    assert rows == {damaged: "damaged", dense: "no_gain", differs: "differs"}
    assert {one: object_of(one) for one in before} == before
    assert objects(world) == set(before.values())
    assert pack(world) == 0, "each is tried once"


def test_l44_a_passage_of_a_packed_recording_is_silenced_and_no_original_is_left(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, manager = world.call("anna.astrom", start=LONG_AGO, seconds=15), sign_in(cast.mikko)
    sound, old = heard(manager, call), object_of(call)
    assert pack(world) == 1 and old in objects(world)
    assert silence(manager, call) == 303
    assert silencing_desk(world).round(NOW) == 1
    silent = heard(manager, call)
    assert np.abs(silent[80_000:104_000]).max() <= 8
    outside = np.r_[0:80_000, 104_000 : len(sound)]
    assert np.array_equal(silent[outside], sound[outside])
    assert objects(world) == {object_of(call)}, "neither the packed one nor the original"
    assert not silencing.waiting()
    assert pack(world, NOW + GRACE) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("made", [False, True])
def test_n18_a_call_that_is_due_leaves_neither_object(world: World, made: bool) -> None:
    call = call_of(world)
    if made:
        assert pack(world) == 1
    else:
        one = settling.begin(call, NOW)
        assert one is not None
        world.store.put(one.new_object, [b"begun"])
    later = Call.objects.get(id=call).due_at
    made_plan = plan(later)
    assert made_plan is not None
    assert execute(made_plan.id, world.keys, world.store, world.folder / "journal", later).done == 1
    assert not objects(world) and not Settling.objects.exists()
    # what was about to be packed when it died is not written again
    if not made:
        with held(world.folder / DESTROYING):
            assert not settle.pack(one, None, world.keys, world.store, later)  # type: ignore[arg-type]
        assert not objects(world)


def test_a_register_from_before_finds_what_was_packed_since(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, manager = call_of(world), sign_in(cast.mikko)
    before, sound = Call.objects.filter(id=call).values().get(), heard(manager, call)
    pack(world)
    pack(world, NOW + GRACE)
    copies = FolderStore(world.folder / "copies")
    packed = object_of(call)
    copies.put(packed, [world.store.get(packed, 0, 1 << 24)])
    world.store.path(packed).unlink()
    Settling.objects.all().delete()
    Call.objects.filter(id=call).update(**before)
    assert _fetch(world.store, copies, NOW) == (1, 0)
    assert object_of(call) == packed and np.array_equal(heard(manager, call), sound)
    world.store.path(packed).unlink()
    assert _fetch(world.store, FolderStore(world.folder / "none"), NOW) == (0, 1)


def test_n33_the_key_is_given_only_under_an_entry_that_says_what_for(world: World) -> None:
    call = call_of(world)
    one = settling.begin(call, NOW)
    assert one is not None
    grant, at = opening(one, NOW, world.room.secrets.seed).grant, to_micros(NOW)
    right = Found(
        kind="call:recording:settling",
        subject=call.hex,
        actor="system:settling",
        facts={"purpose": "settling"},
        at_us=at,
    )
    assert fault(grant, right) == ""
    assert fault(grant, None)


def test_a_store_that_does_not_answer_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = call_of(world)

    def away(*_: object) -> str:
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", away)
        with pytest.raises(StoreError):
            pack(world)
    assert Settling.objects.get(call=call).last_error == "store"
    assert pack(world) == 1


def test_the_command_packs_says_what_was_gained_and_that_it_is_off(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        call_of(world)
    off = read_settings({"controller": CONTROLLER}, world.folder)
    first, *_, last = command.looked(off, NOW)
    assert first == "2 recordings can be packed now." and "settle = true" in last
    with pytest.raises(WeakSettings, match="settle = true"):
        command.settle(off)
    packer = desk(world)
    with only_settler(packer.run / SETTLER):
        assert command.carry_out(packer, NOW) == 1
    assert "Somebody packs just now" in capsys.readouterr().err
    assert command.carry_out(packer, NOW) == 0
    said = capsys.readouterr().out
    assert "2 packed.\n2 recordings are packed: " in said and " 0 stay" in said
    assert command.looked(off, NOW)[0] == "0 recordings can be packed now."
    with pytest.raises(WeakSettings, match="belong into"):
        former = {"kind": "folder", "settle": True}
        read_settings(
            {"controller": CONTROLLER, "store": AMAZON, "former_store": former}, off.folder
        )
