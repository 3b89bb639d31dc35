"""Recordings kept in Opus, because the operator chose it: told wherever they are shown, heard at
the same times, never of a call that was held, and gone on their day like all others."""

import json
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.test import Client

from cast import NOW, Cast
from ops.test_residency import CONTROLLER
from vaiti.audio import likeness, lossy
from vaiti.audio.blanking import LONGEST
from vaiti.audit import certificate
from vaiti.audit.checkpoint import Signer
from vaiti.audit.models import Leaf
from vaiti.audit.sequencer import sequence
from vaiti.ops import running
from vaiti.ops.commands import settle as command
from vaiti.ops.restoring import _fetch
from vaiti.ops.settings import WeakSettings, read_settings
from vaiti.ops.settling import SettlingDesk
from vaiti.playback import lossy as making
from vaiti.register import calls, checking, codecs, holding, settling
from vaiti.register.check_models import Settling
from vaiti.register.hold_rules import Draft, HoldKind, Time
from vaiti.register.models import Call
from vaiti.register.whole import everything
from vaiti.retention import certificates, settle
from vaiti.retention.certificates import Issuer
from vaiti.retention.destroy import execute
from vaiti.retention.planning import plan
from vaiti.retention.settle import GRACE
from vaiti.values import opus
from vaiti.values.clock import to_micros
from vaiti.vault.store import FolderStore
from web.conftest import SignIn
from web.test_settling import Killed, call_of, facts, ids, objects
from web.test_settling import desk as settling_desk
from web.test_silencing import RATE, heard, object_of, silence
from web.test_silencing import desk as silencing_desk
from web.world import World

pytestmark = pytest.mark.skipif(not lossy.encodable(), reason="needs PyAV: VAITI_WITH=codecs")

KBITS = 12
LATER = NOW + GRACE
SIGNER = Signer("vaiti/test", bytes(range(32)))
ISSUER = Issuer("Posti Group Abp", "1531864-4")


def desk(world: World, kbits: int = KBITS) -> SettlingDesk:
    made = settling_desk(world)
    made.kbits = kbits
    return made


def told_of(client: Client, call: UUID) -> str:
    return client.get(f"/calls/{call.hex}/").content.decode()


def test_n12_n17_a_recording_in_opus_is_heard_in_both_lanes_and_says_what_it_is(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, manager = call_of(world), sign_in(cast.mikko)
    sound, was, size = (
        heard(manager, call),
        Call.objects.get(id=call),
        world.store.size(object_of(call)),
    )
    assert "Opus" not in told_of(manager, call)
    assert desk(world).round(NOW) == 1
    row, now = Call.objects.get(id=call), heard(manager, call)
    assert len(now) == len(sound)
    for side in (0, 1):
        assert likeness.difference(sound[:, side], now[:, side]) == ""
    loud = [np.abs(sound[:, side]) > 1_000 for side in (0, 1)]
    for side in (0, 1):
        beside = np.abs(now[:, side][loud[1 - side]])
        assert np.median(beside) == 0, "each is heard on its side alone"
    assert world.store.size(object_of(call)) < 0.36 * size
    told = facts(call, "call:recording:lessened")
    assert (told["codec"], told["kbits"]) == ("OPUS", 24)
    assert told["was_sha256"] == was.recording["sha256"] != told["sha256"]
    assert told["sha256"] == row.recording["sha256"]
    assert codecs.kept(NOW.date()) == {"OPUS": row.destruction_day}
    for language, form in (
        ("en", "Opus, 24 kbit/s, since 23.11.2026: kept in a lossy form"),
        ("fi", "Opus, 24 kbit/s, 23.11.2026 alkaen"),
        ("sv", "Opus, 24 kbit/s, sedan 23.11.2026"),
    ):
        assert form in told_of(sign_in(cast.mikko, language), call)
    kept = everything(call, NOW)["kept_in_lossy_form"]
    assert (kept["codec"], kept["kbit_a_second"]) == ("OPUS", 24)
    assert desk(world).round(LATER) == 0 and len(objects(world)) == 1
    assert facts(call, "call:original:destroyed")["was_bytes"] == size
    assert checking.digests([object_of(call)])[object_of(call)] == told["sha256"]
    assert desk(world).round(NOW + timedelta(hours=8)) == 0, "it is done once"


def test_n17_killed_at_any_step_one_recording_is_heard_whole(
    world: World, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = sign_in(cast.mikko)
    for place, name, after in (
        (FolderStore, "put", True),
        (making, "_compared", False),
        (settling, "made", True),
        (settle, "remove_original", False),
        (settling, "done", False),
    ):
        call = world.call("anna.astrom", start=NOW - timedelta(days=5), seconds=3)
        sound, act = heard(manager, call), getattr(place, name)

        def cut(*given: Any, act: Any = act, after: bool = after) -> None:  # noqa: ANN401
            if after:
                act(*given)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(place, name, cut)
            for now in (NOW, LATER):
                with suppress(Killed):
                    desk(world).round(now)
        assert len(heard(manager, call)) == len(sound), name
        for now in (NOW, LATER):
            desk(world).round(now)
        assert likeness.difference(sound[:, 0], heard(manager, call)[:, 0]) == "", name
        kinds = list(Leaf.objects.filter(subject=call.hex).values_list("kind", flat=True))
        assert kinds.count("call:recording:lessened") == 1, name
        assert kinds.count("call:original:destroyed") == 1, name
        assert objects(world) == {object_of(one) for one in ids()}, name


def test_what_was_held_came_in_less_or_sounds_otherwise_is_not_made_less(
    world: World, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, dense, other = call_of(world), call_of(world), call_of(world)
    time = Time(NOW + timedelta(days=9), NOW + timedelta(days=20))
    draft = Draft(HoldKind.CLAIM.value, "T-2026-7", cast.dpo.id, time, "a claim")
    hold = holding.place(draft, [held], by=cast.dpo.id.hex, now=NOW)
    holding.end(hold, "it is settled", by=cast.dpo.id.hex, now=NOW)
    epochs = [one | {"codec": "OPUS"} for one in Call.objects.get(id=dense).recording["epochs"]]
    Call.objects.filter(id=dense).update(
        recording=Call.objects.get(id=dense).recording | {"epochs": epochs}
    )
    with monkeypatch.context() as patch:
        patch.setattr(making, "difference", lambda *_: "level")
        assert desk(world).round(NOW) == 2, "held once, or in Opus already: without loss"
    for call in (held, dense):
        assert facts(call, "call:recording:settled")["sha256"]
    assert Settling.objects.get(call=other).last_error == "opus_differs"
    assert not Leaf.objects.filter(kind="call:recording:lessened").exists()
    assert not opus.kept_as(calls.sealed(other).recording)
    assert desk(world).round(LATER) == 0
    assert objects(world) == {object_of(one) for one in (held, dense, other)}


def test_l44_what_is_silenced_in_opus_stays_opus_and_what_was_silenced_before_does_not_become_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, manager = call_of(world), sign_in(cast.mikko)
    other = world.call("anna.astrom", start=NOW - timedelta(days=5), seconds=6)
    passage = {"begins": "0:03", "ends": "0:05"}
    assert silence(manager, other, **passage) == 303
    assert silencing_desk(world).round(NOW) == 1
    assert desk(world).round(NOW) == 2 and desk(world).round(LATER) == 0
    assert not opus.kept_as(calls.sealed(other).recording)
    sound, before = heard(manager, call), object_of(call)
    assert silence(manager, call, **passage) == 303
    assert silencing_desk(world).round(NOW) == 1
    silent, gone = heard(manager, call), slice(3 * RATE, 5 * RATE)
    assert not silent[gone].any() and np.abs(sound[gone]).max() > 1_000
    assert np.array_equal(silent[: 3 * RATE - LONGEST], sound[: 3 * RATE - LONGEST])
    after = slice(5 * RATE + LONGEST, None)
    for side in (0, 1):
        assert likeness.difference(sound[after, side], silent[after, side]) == ""
    page = told_of(manager, call)
    assert "Opus, 24 kbit/s, since 23.11.2026" in page
    assert "silenced for good on 23.11.2026" in page
    assert world.store.absent(before) and objects(world) == {object_of(call), object_of(other)}
    assert desk(world).round(NOW + timedelta(hours=8)) == 0, "and is not packed again"


@pytest.mark.django_db(transaction=True)
def test_n18_n19_packed_first_then_opus_restored_destroyed_and_certified(
    world: World, cast: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    call, manager = call_of(world), sign_in(cast.mikko)
    sound, taken_in = heard(manager, call), Call.objects.filter(id=call).values().get()
    assert desk(world, 0).round(NOW) == 1 and desk(world, 0).round(LATER) == 0
    packed = facts(call, "call:recording:settled")
    assert desk(world).round(NOW) == 1 and desk(world).round(LATER) == 0
    lessened = facts(call, "call:recording:lessened")
    assert packed["was_sha256"] == taken_in["recording"]["sha256"]
    assert lessened["was_sha256"] == packed["sha256"], "a chain from the digest of the intake"
    assert objects(world) == {object_of(call)}

    copies, made = FolderStore(tmp_path / "copies"), object_of(call)
    copies.put(made, [world.store.get(made, 0, 1 << 24)])
    world.store.path(made).unlink()
    Settling.objects.all().delete()
    Call.objects.filter(id=call).update(**taken_in)
    assert _fetch(world.store, copies, NOW) == (1, 0), "a register from before finds it"
    assert likeness.difference(sound[:, 1], heard(manager, call)[:, 1]) == ""
    assert "Opus, 24 kbit/s" in told_of(manager, call)

    row = Call.objects.get(id=call)
    planned = plan(row.due_at)
    assert planned is not None
    execute(planned.id, world.keys, world.store, world.folder / "journal", row.due_at)
    assert not objects(world)
    found = certificates.of_day(row.destruction_day)
    (gone,) = found.calls
    assert gone.lossy and (gone.lossy["kbits"], gone.lossy["since_us"]) == (24, to_micros(NOW))
    certificates.issue(found, ISSUER, by="system:test", now=row.due_at)
    sequence(row.due_at, SIGNER)
    issued = certificates.issued(found, ISSUER)
    assert certificate.verify(issued, SIGNER.public).ok
    told = json.loads(issued.body)
    for change in ({"kbits": 64}, {"leaf": gone.leaf}, {"since_us": 1}):
        told["calls"][0]["lossy"] = {**gone.lossy, **change}
        forged = certificate.Certificate(certificate.body_text(told), issued.evidence)
        problems = certificate.verify(forged, SIGNER.public).problems
        assert any("kept" in one for one in problems), change


def test_the_settings_say_the_bit_rate_and_lack_no_encoder(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    def settings_of(**store: Any) -> Any:  # noqa: ANN401
        return read_settings({"controller": CONTROLLER, "store": store}, world.folder)

    for store, words in (
        ({"settle": True, "opus_kbits": 64}, "one of 10, 12, 14"),
        ({"opus_kbits": 12}, "settle = true beside it"),
    ):
        with pytest.raises(WeakSettings, match=words):
            settings_of(**store)
    call_of(world)
    chosen = settings_of(settle=True, opus_kbits=12)
    first, *_, last = command.looked(chosen, NOW)
    assert first == "1 recordings can be packed now."
    assert "Opus, 12 kbit/s of each voice" in last
    assert command.carry_out(desk(world), NOW) == 0
    assert "1 packed." in capsys.readouterr().out


def test_without_an_encoder_nothing_starts_and_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = {"settle": True, "opus_kbits": 12}
    chosen = read_settings({"controller": CONTROLLER, "store": store}, tmp_path)
    running.require_fit_store(chosen)
    monkeypatch.setitem(sys.modules, "av", None)  # as where PyAV is not installed
    lossy.encodable.cache_clear()
    try:
        with pytest.raises(WeakSettings, match=r"VAITI_WITH=codecs.*or take opus_kbits out"):
            running.require_fit_store(chosen)
    finally:
        monkeypatch.undo()
        lossy.encodable.cache_clear()
