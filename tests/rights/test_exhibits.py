"""Evidence of one call: verified by the exported verifier alone, and a changed bit located."""

import hashlib
import io
import json
import struct
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import numpy as np
import pytest
from django.db import transaction

from cast import NOW, Cast
from vaiti.access import mandates
from vaiti.access.errors import NotVisible
from vaiti.access.models import Mandate
from vaiti.audio import lossy
from vaiti.audit import exhibit, log, proofs
from vaiti.audit.checkpoint import Signer
from vaiti.audit.models import Leaf
from vaiti.audit.sequencer import sequence
from vaiti.audit.verifier import NAME, verifier
from vaiti.ops.commands import prove
from vaiti.ops.outside.unzipped import unzipped
from vaiti.people.models import Person
from vaiti.playback.listen import Tampered
from vaiti.register.models import Call
from vaiti.retention.settle import GRACE
from vaiti.rights import exhibits
from vaiti.rights.copies import Controller, Hands
from vaiti.rights.copy_rules import new_password
from vaiti.rights.exhibits import Asked, ExhibitRefused
from vaiti.values.ids import ObjectId
from web.test_settling import pack
from web.test_settling_opus import desk as opus_desk
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

CASE, SECONDS = "2026-118", 20
EARLIER = NOW - timedelta(hours=1)
SIGNER = Signer("vaiti/test", bytes(range(32)))
POSTI = Controller("Posti Group Abp", "1531864-4")
NAMES = (
    *("README.txt", "sound.wav", "received.pcap", "sealed.vs", "key.hex", "checkpoint.pub"),
    *("vaiti-verify.pyz", "manifest.json", "proof.json"),
)


@dataclass
class Court:
    """One call of one case, and who asks for its evidence."""

    world: World
    cast: Cast
    call: UUID

    def hands(self, person: Person | None = None) -> Hands:
        who = person or self.cast.rights_handler
        return Hands(who.id, self.world.keys, self.world.store, self.world.room.secrets.seed)

    @property
    def asked(self) -> Asked:
        return Asked(self.call, CASE, POSTI, SIGNER.public)

    def package(self, folder: Path, at: datetime = NOW) -> Path:
        exhibits.make(self.asked, self.hands(), at)
        sequence(at, SIGNER)
        password = new_password()
        handed = exhibits.fetch(self.asked, self.hands(), password, at)
        body = b"".join(handed.chunks)
        assert len(body) == handed.length
        assert all(one.flag_bits & 1 for one in ZipFile(io.BytesIO(body)).infolist())
        for name, text in unzipped(body, password):
            (folder / name).write_bytes(text)
        return folder


@pytest.fixture
def court(world: World, cast: Cast) -> Court:
    until = NOW + timedelta(days=60)
    mandate = mandates.open_mandate("case", CASE, ends_at=until, by="system:test", now=EARLIER)
    mandates.name_person(mandate, cast.rights_handler.id, by="system:test", now=EARLIER)
    call = world.call("anna.astrom", "pekka.palvelu", seconds=SECONDS, hold=(5, 7))
    mandates.add_call(mandate, call, by="system:test", now=EARLIER)
    return Court(world, cast, call)


def facts(kind: str) -> list[dict[str, Any]]:
    rows = Leaf.objects.filter(kind=kind).order_by("at", "id")
    return [json.loads(one.body)["facts"] for one in rows]


def verified(folder: Path, aside: Path) -> subprocess.CompletedProcess[str]:
    """By a verifier and a key that were kept elsewhere, in a Python that finds nothing of ours."""
    (aside / NAME).write_bytes(verifier())
    (aside / "key").write_bytes(SIGNER.public)
    line = [sys.executable, "-I", NAME, "evidence", str(folder), "--key", "key"]
    return subprocess.run(line, cwd=aside, capture_output=True, text=True, check=False)


def flip(path: Path, place: int) -> Callable[[], None]:
    """Flips one bit of the file; what is given back undoes it."""
    with path.open("r+b") as file:
        file.seek(place)
        (old,) = file.read(1)
        file.seek(place)
        file.write(bytes([old ^ 0x10]))

    def undo() -> None:
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([old]))

    return undo


def packets(capture: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Instant, port and payload of each packet, read as others read a capture."""
    magic, *_, link = struct.unpack_from("<IHHiIII", capture)
    assert (magic, link) == (0xA1B2C3D4, 101)
    at = 24
    while at < len(capture):
        seconds, micros, kept, whole = struct.unpack_from("<IIII", capture, at)
        packet = capture[at + 16 : at + 16 + kept]
        at += 16 + kept
        assert kept == whole == int.from_bytes(packet[2:4], "big") and packet[0] == 0x45
        total = sum(struct.unpack(">10H", packet[:20]))
        assert (total & 0xFFFF) + (total >> 16) in (0xFFFF, 0x1FFFE), "the head's checksum"
        assert int.from_bytes(packet[24:26], "big") == kept - 20 and packet[28] == 0x80
        yield seconds * 1_000_000 + micros, int.from_bytes(packet[22:24], "big"), packet[40:]


def test_n04_n05_evidence_is_verified_alone_and_a_flipped_bit_is_located(
    court: Court, tmp_path: Path
) -> None:
    folder, aside = tmp_path / "evidence", tmp_path / "aside"
    for one in (folder, aside):
        one.mkdir()
    court.package(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    done = verified(folder, aside)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 files unchanged" in done.stdout and "call:recording:taken_in" in done.stdout
    line = ["evidence", str(folder), "--key", str(folder / "checkpoint.pub")]
    assert prove.main(line) == 0, "and by the command of whoever has our program"
    who = court.cast.rights_handler.id.hex
    assert f"access:copy:opened by {who}" in done.stdout

    row = Call.objects.get(id=court.call)
    sealed = (folder / "sealed.vs").read_bytes()
    assert hashlib.sha256(sealed).hexdigest() == row.recording["sha256"]
    with wave.open(str(folder / "sound.wav")) as sound:
        assert (sound.getnframes(), sound.getnchannels()) == (SECONDS * 8000, 2)
        heard = np.frombuffer(sound.readframes(SECONDS * 8000), "<i2").reshape(-1, 2)
    assert all(np.abs(heard[:, side]).max() > 10_000 for side in (0, 1))
    found = list(packets((folder / "received.pcap").read_bytes()))
    assert len(found) == SECONDS * 50 * 2 and {port for _, port, _ in found} == {5004, 5006}
    assert found[0][0] == row.recording["epochs"][0]["first_us"]

    for name, place, wanted in (
        ("sound.wav", 44 + 7 * 32_000 + 5, "sound.wav is not what .*: second 7 (bytes 224044 to"),
        ("sound.wav", 12, "sound.wav is not what .*: bytes 0 to 43"),
        ("received.pcap", -3, f"segment {len(sealed) // 4096} ("),
        ("sealed.vs", 3 * 4096 + 9, "sealed.vs is not what .*: segment 3 (bytes 12288 to 16383;"),
        ("key.hex", 3, "key.hex is not what"),
        ("README.txt", 3, "README.txt is not what"),
        ("manifest.json", 300, "manifest.json is not as it was"),
        ("proof.json", -40, ""),
    ):
        size = (folder / name).stat().st_size
        undo = flip(folder / name, place % size)
        done = verified(folder, aside)
        said = wanted.partition(".*")
        assert done.returncode == 1, (name, done.stdout)
        assert said[0] in done.stdout and said[2] in done.stdout, (name, done.stdout)
        undo()
    with (folder / "sound.wav").open("ab") as file:
        file.write(b"\0")
    (folder / "more.txt").touch()
    done = verified(folder, aside)
    assert "goes on beyond its end" in done.stdout and "more.txt was not in" in done.stdout


def test_n17_evidence_of_a_settled_call_has_what_was_received_and_verifies_alone(
    court: Court, tmp_path: Path
) -> None:
    folder, aside, before = (tmp_path / one for one in ("evidence", "aside", "before"))
    for one in (folder, aside, before):
        one.mkdir()
    court = replace(court, call=old_call(court))
    court.package(before, NOW - timedelta(minutes=1))
    was = Call.objects.get(id=court.call).recording["sha256"]
    assert pack(court.world) == 1
    pack(court.world, NOW + GRACE)
    court.package(folder)
    done = verified(folder, aside)
    assert done.returncode == 0, done.stdout + done.stderr
    for told in (f"was_sha256={was}", "call:original:destroyed by system:settling"):
        assert told in done.stdout, done.stdout
    sealed = (folder / "sealed.vs").read_bytes()
    assert len(sealed) < 0.75 * len((before / "sealed.vs").read_bytes())
    received = [(one / "received.pcap").read_bytes() for one in (before, folder)]
    assert received[0] == received[1], "each codeword, number and instant as it was received"
    assert (folder / "sound.wav").read_bytes() == (before / "sound.wav").read_bytes()
    undo = flip(folder / "sealed.vs", 2 * 4096 + 9)
    told = verified(folder, aside)
    assert told.returncode == 1 and "segment 2 (bytes 8192 to" in told.stdout
    undo()


@pytest.mark.skipif(not lossy.encodable(), reason="needs PyAV: VAITI_WITH=codecs")
def test_n17_evidence_of_a_call_in_opus_says_so_and_verifies_alone(
    court: Court, tmp_path: Path
) -> None:
    folder, aside = tmp_path / "evidence", tmp_path / "aside"
    for one in (folder, aside):
        one.mkdir()
    court = replace(court, call=old_call(court))
    sequence(NOW, SIGNER)  # its intake has its place in the log before what became of it
    assert opus_desk(court.world).round(NOW) == 1
    opus_desk(court.world).round(NOW + GRACE)
    court.package(folder)
    done = verified(folder, aside)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "call:recording:lessened by system:settling" in done.stdout
    assert "call:original:destroyed by system:settling" in done.stdout
    told = json.loads((folder / "manifest.json").read_text())["lossy"]
    assert (told["codec"], told["kbits"]) == ("OPUS", 24)
    found = list(packets((folder / "received.pcap").read_bytes()))
    assert {len(payload) for _, _, payload in found} == {12 * 1000 // 8 // 50}


def old_call(court: Court) -> UUID:
    """One of the case that is old enough to be packed."""
    call = court.world.call("anna.astrom", start=NOW - timedelta(days=5), seconds=9)
    mandates.add_call(Mandate.objects.get().id, call, by="system:test", now=EARLIER)
    return call


def test_n04_another_recording_does_not_pass_for_the_sealed_one(
    court: Court, tmp_path: Path
) -> None:
    """Whoever holds the log's key may sign a package anew, and not what was said at intake."""
    folder, aside = tmp_path / "evidence", tmp_path / "aside"
    for one in (folder, aside):
        one.mkdir()
    court.package(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    mine, other = court.call.hex, court.world.call("anna.astrom", seconds=4).hex
    forged = exhibit.manifest_text(manifest | {"call": other})
    (folder / "manifest.json").write_text(forged)
    done = verified(folder, aside)
    assert done.returncode == 1 and "does not say that this package was made" in done.stdout
    told = {"sha256": hashlib.sha256(forged.encode()).hexdigest()}
    for subject, said in ((mine, "of another call"), (other, "not the object that the log names")):
        with transaction.atomic():
            kind = "rights:evidence:made"
            leaf = log.append(kind, actor="x", subject=subject, facts=told, now=NOW)
        sequence(NOW, SIGNER)
        kept = Leaf.objects.get(kind="call:recording:taken_in", subject=other)
        proof = exhibit.proof_text(proofs.evidence([leaf, kept.id]))
        (folder / "proof.json").write_text(proof)
        done = verified(folder, aside)
        assert done.returncode == 1 and said in done.stdout, done.stdout


def test_evidence_is_for_the_cases_handler_on_record_and_of_the_same_recording(
    court: Court, tmp_path: Path
) -> None:
    with pytest.raises(NotVisible):
        exhibits.make(court.asked, court.hands(court.cast.dpo), NOW)
    assert not facts("rights:evidence:made")
    with pytest.raises(ExhibitRefused, match="changed"):
        exhibits.fetch(court.asked, court.hands(), new_password(), NOW)
    exhibits.make(court.asked, court.hands(), NOW)
    with pytest.raises(ExhibitRefused, match="soon"):
        exhibits.fetch(court.asked, court.hands(), new_password(), NOW)
    assert len(facts("access:copy:opened")) == 1
    sequence(NOW, SIGNER)
    handed = exhibits.fetch(court.asked, court.hands(), new_password(), NOW)
    (fetched,) = facts("rights:evidence:fetched")
    assert fetched == {"reference": CASE, "bytes": handed.length}, "before a byte has left"
    assert len(facts("access:copy:opened")) == 2
    renamed = replace(court.asked, controller=Controller("Another Abp", "1531864-4"))
    with pytest.raises(ExhibitRefused, match="changed"):
        exhibits.fetch(renamed, court.hands(), new_password(), NOW)
    with pytest.raises(NotVisible):
        exhibits.fetch(court.asked, court.hands(court.cast.anna), new_password(), NOW)
    sealed = court.world.store.path(ObjectId(Call.objects.get(id=court.call).object_id.hex))
    undo = flip(sealed, 5000)
    with pytest.raises(Tampered):
        exhibits.make(court.asked, court.hands(), NOW)
    undo()
    left = [path for path in court.world.folder.rglob("*") if path.is_file()]
    assert not any(b"RIFF" in path.read_bytes()[:4] for path in left), "nothing of it is kept"
