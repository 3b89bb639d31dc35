"""A copy made, handed out, verified by a stranger, and gone again (Art. 15(3), D-01)."""

import io
import json
import subprocess
import sys
import wave
import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from cast import NOW, Cast
from manifests import START
from vaiti.access import doors, mandates
from vaiti.access.errors import NotVisible, Refused
from vaiti.audit.checkpoint import Signer
from vaiti.audit.models import Leaf
from vaiti.audit.sequencer import sequence
from vaiti.audit.verifier import NAME, verifier
from vaiti.people.models import Person
from vaiti.promises.older import rows
from vaiti.register import calls
from vaiti.register.models import Call
from vaiti.rights import handing
from vaiti.rights.copies import Controller, Hands, Made, Order, make
from vaiti.rights.copy_models import Package, PackageCall
from vaiti.rights.copy_rules import LIVES, MOST_TRIES, CopyRefused, Passage, Wanted
from vaiti.values.ids import ObjectId
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

CASE = "2026-118"
SIGNER = Signer("vaiti/test", bytes(range(32)))
WHY = "The customer speaks of a third person here."
POSTI = Controller("Posti Group Abp", "1531864-4")
LETTER = b"%PDF-1.7 a letter"
PLAIN = (b"WAVEfmt ", b"call-1/sound", b"letter.pdf", b"vaiti-call", b"+35840123", LETTER)
"""What no cipher text has by chance: four bytes stand in a million once in four thousand times."""


@dataclass
class Office:
    """The handler at work on one case."""

    world: World
    cast: Cast
    mandate: UUID

    def call(self, seconds: int = 20) -> UUID:
        call = self.world.call("anna.astrom", seconds=seconds, hold=(5, 7))
        mandates.add_call(self.mandate, call, by="system:test", now=NOW)
        return call

    def hands(self, person: Person | None = None) -> Hands:
        who = person or self.cast.rights_handler
        return Hands(who.id, self.world.keys, self.world.store, self.world.room.secrets.seed)

    def make(self, *wanted: Wanted, by: Person | None = None) -> Made:
        order = Order(CASE, "sv", wanted, POSTI, LETTER)
        made = make(order, self.hands(by), NOW)
        sequence(NOW, SIGNER)
        return made

    def fetch(self, made: Made) -> bytes:
        found = handing.open_with(made.package, made.password, self.world.store, NOW)
        body = b"".join(found.chunks)
        assert len(body) == found.length
        return body


@pytest.fixture
def office(world: World, cast: Cast) -> Office:
    until = NOW + timedelta(days=60)
    mandate = mandates.open_mandate("case", CASE, ends_at=until, by="system:test", now=NOW)
    mandates.name_person(mandate, cast.rights_handler.id, by="system:test", now=NOW)
    return Office(world, cast, mandate)


def facts(kind: str) -> list[dict[str, Any]]:
    rows = Leaf.objects.filter(kind=kind).order_by("at", "id")
    return [json.loads(one.body)["facts"] for one in rows]


def samples(body: bytes) -> NDArray[np.int16]:
    with wave.open(io.BytesIO(body)) as sound:
        assert sound.getparams()[1:3] == (2, 8000)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(
            -1, sound.getnchannels()
        )


def verified(folder: Path, what: Path) -> subprocess.CompletedProcess[str]:
    (folder / NAME).write_bytes(verifier())
    (folder / "key").write_bytes(SIGNER.public)
    line = [sys.executable, "-I", NAME, "copy", str(what), "--key", "key"]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


def test_n36_a_copy_has_both_voices_every_fact_and_a_proof(office: Office, tmp_path: Path) -> None:
    first, second = office.call(), office.call(8)
    made = office.make(Wanted(first), Wanted(second))
    body = office.fetch(made)
    packed = zipfile.ZipFile(io.BytesIO(body))
    assert packed.testzip() is None
    names = packed.namelist()
    wanted = [
        f"call-{n}/{name}" for n in (1, 2) for name in ("sound.wav", "sound.m4a", "call.json")
    ]
    assert names == ["letter.pdf", *wanted, "manifest.json", "proof.json"]
    assert packed.read("letter.pdf") == LETTER

    sound = samples(packed.read("call-1/sound.wav"))
    assert sound.shape == (20 * 8000, 2)
    assert all(np.abs(sound[:, side]).max() > 10_000 for side in (0, 1)), "both are heard"
    compressed = av.open(io.BytesIO(packed.read("call-1/sound.m4a")))
    played = np.concatenate([one.to_ndarray() for one in compressed.decode(audio=0)], axis=1)
    assert played.shape[0] == 2 and abs(played.shape[1] / 8000 - 20) < 0.5
    assert compressed.metadata.keys() <= {"major_brand", "minor_version", "compatible_brands"}

    told = json.loads(packed.read("call-1/call.json"))
    held = told["call"]
    assert (held["id"], held["customer_number"]) == (first.hex, "+358401234***")
    assert held["started"] == "2026-11-23T11:00:00+02:00" and held["length_s"] == 20
    assert held["destroyed_at"].startswith("2027-05-23") and held["agents"][0]["role"]
    assert "Åström" not in packed.read("call-1/call.json").decode(), "an agent's name is hers"
    assert [one["how"] for one in told["consultations"]] == ["copied"]
    assert told["consultations"][0]["purpose"] == "rights"
    assert set(held) - {"found_unchanged"} <= set(told["words"]), "each field is told in words"
    assert told["words"]["customer_number"].startswith("Ditt telefonnummer")

    (tmp_path / "copy.zip").write_bytes(body)
    done = verified(tmp_path, tmp_path / "copy.zip")
    assert done.returncode == 0 and "7 files unchanged" in done.stdout, done.stdout
    packed.extractall(tmp_path / "unpacked")
    assert verified(tmp_path, tmp_path / "unpacked").returncode == 0
    with (tmp_path / "unpacked/call-2/call.json").open("a") as file:
        file.write(" ")
    done = verified(tmp_path, tmp_path / "unpacked")
    assert done.returncode == 1 and "call-2/call.json is not what" in done.stdout

    (entry,) = facts("rights:copy:made")
    heard = sum(packed.getinfo(name).file_size for name in names if "sound" in name)
    assert (entry["calls"], entry["partial"], entry["sound_bytes"]) == (2, 0, heard)
    assert len(facts("access:copy:opened")) == 2
    (entry,) = facts("rights:copy:delivered")
    assert entry == {"reference": CASE, "how": "link", "bytes": Package.objects.get().bytes}


def test_a_package_lies_in_the_store_as_cipher_text_only(office: Office) -> None:
    made = office.make(Wanted(office.call()))
    package = Package.objects.get(id=made.package)
    assert package.object_id
    lying = ObjectId(package.object_id.hex)
    size = office.world.store.size(lying)
    body = office.world.store.get(lying, 0, size)
    assert not any(mark in body for mark in PLAIN)
    assert lying in set(rows.objects()), "the scan for what is too old knows whose it is"
    seen = "".join(str(getattr(package, field.attname)) for field in Package._meta.fields)
    assert made.password not in seen and made.password.replace("-", "") not in seen


def test_the_encrypted_file_opens_with_what_people_have(office: Office, tmp_path: Path) -> None:
    """By libarchive, which Windows and macOS open zip files with; written by others than we."""
    made = office.make(Wanted(office.call()))
    handed = handing.take(made.package, office.cast.rights_handler.id, office.world.store, NOW)
    body = b"".join(handed.chunks)
    assert len(body) == handed.length
    (tmp_path / "copy.zip").write_bytes(body)
    line = ["bsdtar", "--passphrase", made.password, "-xf", "copy.zip"]
    if subprocess.run(["which", "bsdtar"], capture_output=True, check=False).returncode:
        pytest.skip("bsdtar is not installed (Debian package libarchive-tools)")
    subprocess.run(line, cwd=tmp_path, check=True)
    (tmp_path / "copy.zip").unlink()
    folder = tmp_path / "aside"
    folder.mkdir()
    assert verified(folder, tmp_path).returncode == 1, "the folder aside was not in the package"
    unpacked = tmp_path / "call-1"
    assert samples((unpacked / "sound.wav").read_bytes()).shape == (160_000, 2)
    wrong = ["bsdtar", "--passphrase", "x", "-xOf", "-"]
    done = subprocess.run(wrong, input=body, capture_output=True, check=False)
    assert done.returncode != 0 and b"RIFF" not in done.stdout
    handing.handed_over(made.package, office.cast.rights_handler.id, NOW)
    assert [one["how"] for one in facts("rights:copy:delivered")] == ["file"]
    with pytest.raises(CopyRefused, match="gone"):
        handing.take(made.package, office.cast.rights_handler.id, office.world.store, NOW)


def test_a_passage_and_a_voice_are_left_out_of_the_copy_only(office: Office) -> None:
    call = office.call()
    before = Call.objects.get(id=call)
    passage = Passage(timedelta(seconds=1), timedelta(seconds=2), "agent")
    made = office.make(Wanted(call, muted=(passage,), why=WHY))
    packed = zipfile.ZipFile(io.BytesIO(office.fetch(made)))
    whole_sound = samples(packed.read("call-1/sound.wav"))
    told = json.loads(packed.read("call-1/call.json"))["copy"]
    assert told["why"] == WHY and told["silent"][0]["side"] == "agent"
    plain = office.make(Wanted(call))
    original = samples(zipfile.ZipFile(io.BytesIO(office.fetch(plain))).read("call-1/sound.wav"))
    assert not whole_sound[8000:16000, 0].any()
    assert np.array_equal(whole_sound[:8000], original[:8000])
    assert np.array_equal(whole_sound[16000:], original[16000:])
    assert np.array_equal(whole_sound[:, 1], original[:, 1])
    after = Call.objects.get(id=call)
    assert (after.recording, after.object_id) == (before.recording, before.object_id)

    alone = office.make(Wanted(call, voices="customer", why=WHY))
    one_side = samples(zipfile.ZipFile(io.BytesIO(office.fetch(alone))).read("call-1/sound.wav"))
    assert np.array_equal(one_side[:, 0], original[:, 1])
    written = office.make(Wanted(call, transcript="– Hej.\n– Hej!", why=WHY))
    packed = zipfile.ZipFile(io.BytesIO(office.fetch(written)))
    assert [name for name in packed.namelist() if name.startswith("call-1")] == [
        "call-1/transcript.txt",
        "call-1/call.json",
    ]
    assert sorted(one["partial"] for one in facts("rights:copy:made")) == [0, 1, 1, 1]
    kept = PackageCall.objects.get(package_id=made.package)
    assert kept.why == WHY and kept.muted == [[1_000_000, 2_000_000, "agent"]]


def test_nothing_is_left_out_without_a_decision_in_words(office: Office) -> None:
    call = office.call()
    for wanted, code in (
        (Wanted(call, voices="customer"), "why"),
        (Wanted(call, transcript="Hej.", why="so"), "why"),
        (Wanted(call, voices="nobody", why=WHY), "voices"),
        (Wanted(call, muted=(Passage(timedelta(2), timedelta(1)),), why=WHY), "passage"),
    ):
        with pytest.raises(CopyRefused, match=code):
            office.make(wanted)
    with pytest.raises(CopyRefused, match="calls"):
        office.make()
    assert not Package.objects.exists() and not facts("access:copy:opened")


def test_a_copy_is_single_use_and_a_guess_ends_it(office: Office) -> None:
    store, call = office.world.store, office.call(4)
    made = office.make(Wanted(call))
    handed = handing.open_with(made.package, made.password.upper(), store, NOW)
    next(handed.chunks)  # the line breaks: nothing was delivered
    assert handing.card(made.package, NOW).state == "waiting"  # type: ignore[union-attr]
    office.fetch(made)
    with pytest.raises(CopyRefused, match="gone"):
        handing.open_with(made.package, made.password, store, NOW)
    assert handing.end_over(store, NOW) == 0
    assert handing.end_over(store, NOW + timedelta(hours=2)) == 1

    other = office.make(Wanted(call))
    for _ in range(MOST_TRIES):
        with pytest.raises(CopyRefused, match="password"):
            handing.open_with(other.package, made.password, store, NOW)
    with pytest.raises(CopyRefused, match="gone"):
        handing.open_with(other.package, other.password, store, NOW)
    assert handing.end_over(store, NOW) == 1
    assert len(facts("rights:copy:refused")) == MOST_TRIES
    assert {one["why"] for one in facts("rights:copy:destroyed")} == {"delivered", "locked"}


def test_a_package_dies_in_its_time_with_its_call_and_with_what_cut_it_off(
    office: Office,
) -> None:
    store, call = office.world.store, office.call(4)
    office.make(Wanted(call))
    gone = office.make(Wanted(call))
    PackageCall.objects.filter(package_id=gone.package).delete()  # as the call's own end does
    Package.objects.create(
        reference=CASE, object_id=UUID(int=7), calls=1, made_by="x", made_at=NOW, expires_at=NOW
    )
    assert handing.end_over(store, NOW) == 1
    assert handing.end_over(store, NOW + timedelta(hours=1)) == 1
    with pytest.raises(CopyRefused, match="there"):
        handing.forget(CASE)
    assert handing.end_over(store, NOW + LIVES) == 1
    assert {row.ended_why for row in Package.objects.all()} == {"expired", "call_gone", "unmade"}
    assert all(store.absent(one) for one in store.names() if one not in set(rows.objects()))
    assert handing.forget(CASE) and not Package.objects.exists()


def test_only_who_handles_the_case_makes_a_copy_and_under_its_reference(office: Office) -> None:
    call, cast = office.call(4), office.cast
    for person in (cast.anna, cast.mikko, cast.dpo, cast.administrator):
        with pytest.raises((NotVisible, Refused)):
            office.make(Wanted(call), by=person)
    with pytest.raises(Refused):
        make(Order("2026-999", "fi", (Wanted(call),), POSTI), office.hands(), NOW)
    elsewhere = office.world.call("anna.astrom", start=START + timedelta(hours=1), seconds=4)
    with pytest.raises(NotVisible):
        office.make(Wanted(elsewhere))
    assert len(facts("access:call:refused")) == 6
    assert not Package.objects.exists()
    # hearing is another right: the agent hears her call, and gets no copy of it
    leg = calls.legs(call)[0]
    seed = office.world.room.secrets.seed
    given = {"purpose": "", "reference": "", "session": "s", "now": NOW, "seed": seed}
    assert doors.open_recording(cast.anna.id, leg.id, **given).grant.purpose == "verify"


def test_a_copy_waits_until_the_log_has_signed_it(office: Office) -> None:
    call = office.call(4)
    order = Order(CASE, "fi", (Wanted(call),), replace(POSTI, name="Posti"), LETTER)
    made = make(order, office.hands(), NOW)
    with pytest.raises(CopyRefused, match="soon"):
        handing.open_with(made.package, made.password, office.world.store, NOW)
    sequence(NOW, SIGNER)
    assert zipfile.ZipFile(io.BytesIO(office.fetch(made))).testzip() is None
