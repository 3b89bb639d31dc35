"""Witnesses outside cosign checkpoints (C2SP tlog-witness), and a log built anew gets nothing."""

import base64
import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from audit.witness import WitnessStand
from cast import NOW, Cast
from vaiti.audit import cosigned, following, log, summary
from vaiti.audit.checkpoint import NoteError, Signer, open_note
from vaiti.audit.cosigning import cosigned_at, read_witness, with_cosignature
from vaiti.audit.exporting import export
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Checkpoint, Leaf, Node
from vaiti.audit.sequencer import sequence
from vaiti.audit.verifier_main import main as verifier
from vaiti.audit.verify import verify_log
from vaiti.due import alarms
from vaiti.ops.cosigners import CosigningDesk
from vaiti.ops.sections.outside import WitnessPlace, witnesses_fault

HOUR = timedelta(hours=1)
SIGNER = Signer("vaiti/test", bytes(range(32)))
AT = int(NOW.timestamp())
LOCAL = ("127.0.0.0/8", "::1/128")


def happened(times: int = 1) -> str:
    for _ in range(times):
        with transaction.atomic():
            log.append(Kind.ACCESS_LOG_READ, actor="system:test", facts={}, now=NOW)
    return sequence(NOW, SIGNER).note


def test_a_witness_cosigns_what_goes_on_and_its_word_goes_out_with_the_log(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand = WitnessStand("witness.example/w1", SIGNER.origin, SIGNER.public, AT)
    with stand.open(tmp_path) as address:
        authority = str(tmp_path / "authority.crt")
        place = WitnessPlace(stand.key, address, private=LOCAL, authority=authority)
        assert witnesses_fault((place,)) == ""
        desk, witness = CosigningDesk((place,)), read_witness(stand.key)
        desk.send(NOW)
        assert stand.asked == []  # there is no checkpoint yet
        for grown in (3, 5, 1):
            note = happened(grown)
            desk.send(NOW)
            desk.send(NOW + HOUR / 2)
            desk.send(NOW + HOUR)
            assert open_note(summary.summary().note, SIGNER.public) == open_note(
                note, SIGNER.public
            )
            assert cosigned_at(summary.summary().note, witness) == AT
            following.reached("outside:witness:witness.example/w1", stand.seen[0], NOW - HOUR)
        assert stand.asked == [0, 3, 8]
        following.reached("outside:witness:witness.example/w1", 3, NOW - HOUR)
        happened()  # what we had noted of it is lost: it says itself where it was
        desk.send(NOW)
        assert (stand.asked[3:], stand.seen[0]) == ([3, 9], 10)
        assert alarms.standing() == []
    assert verify_log(SIGNER.public, NOW).ok
    exported, key = tmp_path / "log.jsonl", tmp_path / "checkpoint.pub"
    export(exported)
    key.write_bytes(SIGNER.public)
    told = ["log", str(exported), "--key", str(key), "--witness"]
    assert verifier([*told, stand.key]) == 0
    assert "witness.example/w1 saw its first 10 entries" in capsys.readouterr().out
    other = WitnessStand("witness.example/w2", SIGNER.origin, SIGNER.public, AT)
    assert verifier([*told, other.key]) == 1
    assert verifier([*told, "witness.example"]) == 2


def test_a_log_built_anew_gets_no_cosignature_and_that_is_an_alarm(
    cast: Cast, tmp_path: Path
) -> None:
    stand = WitnessStand("witness.example/w1", SIGNER.origin, SIGNER.public, AT)
    with stand.open(tmp_path) as address:
        authority = str(tmp_path / "authority.crt")
        place = WitnessPlace(stand.key, address, private=LOCAL, authority=authority)
        desk = CosigningDesk((place,))
        happened(6)
        desk.send(NOW)
        for table in (Leaf, Node, Checkpoint):
            table.objects.all().delete()
        happened(4)
        desk.send(NOW + HOUR)
        assert [one.detail for one in alarms.standing()] == ["ahead"]
        happened(4)
        desk.send(NOW + HOUR)
        assert [one.detail for one in alarms.standing()] == ["status 422"]
        assert cosigned_at(summary.summary().note, read_witness(stand.key)) is None
        public = dataclasses.replace(place, private=())
        CosigningDesk((public,)).send(NOW + HOUR)
        assert [one.detail for one in alarms.standing()] == ["private_address"]


def test_only_the_witnesses_own_word_on_this_checkpoint_is_kept(cast: Cast) -> None:
    note, other = happened(), happened()
    stand = WitnessStand("w.example", SIGNER.origin, SIGNER.public, AT)
    witness = read_witness(stand.key)
    mine = stand.cosigned(other.partition("\n\n")[0] + "\n")
    stranger = WitnessStand("w.other", SIGNER.origin, SIGNER.public, AT).cosigned("x")
    stand.at = AT + 3600
    late = stand.cosigned(other.partition("\n\n")[0] + "\n")
    assert with_cosignature(other, stranger + mine, witness, AT) == other + mine
    for answer in ("", stranger, late, mine.replace("w.example", "w.other"), mine[:-9] + "\n"):
        with pytest.raises(NoteError):
            with_cosignature(other, answer, witness, AT)
    with pytest.raises(NoteError):
        with_cosignature(note, mine, witness, AT)
    with pytest.raises(ValueError, match="kept with"):
        cosigned.keep(1, other + mine)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key": "w.example"}, "name+hash"),
        (
            {"key": "w.example+00000000+" + base64.b64encode(bytes([4, *range(32)])).decode()},
            "hash",
        ),
        ({"address": "http://w.example"}, "https://"),
        ({"hours": 0}, "hours"),
        ({"private": ("home",)}, "networks"),
    ],
)
def test_witnesses_that_could_not_be_asked_are_refused(
    change: dict[str, object], says: str
) -> None:
    stand = WitnessStand("w.example", SIGNER.origin, SIGNER.public, AT)
    place = WitnessPlace(stand.key, "https://w.example")
    assert says in witnesses_fault((dataclasses.replace(place, **change),))  # type: ignore[arg-type]
    assert "twice" in witnesses_fault((place, place))
