"""Makes a package of copies for a person (Art. 15(3)): sound, facts, letter, manifest.

It is encrypted under a password that is told once and kept nowhere, as it is rendered: no byte of
it is written in the clear. What the log says of it proves it to anybody (docs/copy-format.md).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from json import loads
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from django.db import transaction

from vaiti.access import consultations
from vaiti.access.copying import open_copy, taken
from vaiti.audit import log
from vaiti.audit.copy import MANIFEST, manifest_text
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.playback.copying import Muted, Sound, longest_s
from vaiti.playback.decoding import lacking
from vaiti.register import codecs, whole
from vaiti.rights.call_json import call_json
from vaiti.rights.copy_models import Package, PackageCall
from vaiti.rights.copy_rules import LIVES, LONGEST, CopyRefused, Wanted, check, new_password
from vaiti.rights.packing import Entry, Packer
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

LETTER: Final = "letter.pdf"
RATE: Final = 8000


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the register, as the manifest names them."""

    name: str
    business_id: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: `calls` of the case `reference`, in the person's `language`.

    `letter` is the PDF that goes with them; none where it is sent by itself. `staff`: an employee
    asks for their own parts (question j).
    """

    reference: str
    language: str
    calls: tuple[Wanted, ...]
    controller: Controller
    letter: bytes = field(default=b"", repr=False)
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Hands:
    """Who makes it, and what that takes: keys, store, and the seed that signs grants."""

    person: UUID
    keys: KeyClient
    store: Store
    seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """`password` is told to the person another way than the package, and cannot be asked again."""

    package: UUID
    password: str = field(repr=False)


class Opener(Protocol):
    """Who decides that a call may be copied, and opens it."""

    def __call__(
        self, person_id: UUID, call_id: UUID, *, reference: str, now: datetime, seed: bytes
    ) -> Opening: ...


def make(order: Order, hands: Hands, now: datetime, opener: Opener = open_copy) -> Made:
    """Raises CopyRefused with what to change; NotVisible, Unprepared and Refused where a call may
    not be copied; and what playback raises where one stays closed."""
    check(order.calls, staff=order.staff)
    if any(not one.transcript and lacking(codecs.of_call(one.call)) for one in order.calls):
        raise CopyRefused("decoder")
    openings = [
        opener(hands.person, one.call, reference=order.reference, now=now, seed=hands.seed)
        for one in order.calls
    ]
    sounds = _sounds(order.calls, openings, hands)
    package = _begun(order, hands, now)
    work = _Work(order, sounds, package.id, now)
    assert package.object_id
    try:
        hands.store.put(ObjectId(package.object_id.hex), work.chunks())
    finally:
        for sound in filter(None, sounds):
            taken(sound.opening, sound.taken, now)
    _finished(package, order, hands, work, now)
    return Made(package.id, work.password)


def _sounds(
    calls: Sequence[Wanted], openings: Sequence[Opening], hands: Hands
) -> list[Sound | None]:
    """None where a transcript stands for the sound. Raises CopyRefused for more than fits."""
    found: list[Sound | None] = []
    for one, opening in zip(calls, openings, strict=True):
        if one.transcript:
            found.append(None)
            continue
        begun = opening.grant.from_us
        muted = [
            Muted(each.side, begun + _us(each.begins), begun + _us(each.ends)) for each in one.muted
        ]
        found.append(Sound(opening, one.voices, muted, hands.keys, hands.store))
    lengths = [one.seconds for one in found if one]
    if max(lengths, default=0) > longest_s() or sum(lengths) > LONGEST.total_seconds():
        raise CopyRefused("long")
    return found


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _begun(order: Order, hands: Hands, now: datetime) -> Package:
    """The row stands before its object does, so that what is cut off is found and destroyed."""
    with transaction.atomic(durable=True):
        package = Package.objects.create(
            reference=order.reference,
            object_id=uuid4(),
            calls=len(order.calls),
            made_by=hands.person.hex,
            made_at=now,
            expires_at=now + LIVES,
        )
        PackageCall.objects.bulk_create(
            PackageCall(
                package=package,
                call_id=one.call,
                added_at=now,
                voices=one.voices,
                muted=[[_us(each.begins), _us(each.ends), each.side] for each in one.muted],
                transcript=bool(one.transcript),
                why=one.why,
            )
            for one in order.calls
        )
    return package


class _Work:
    """The package's bytes as they are made, and what is known of it afterwards."""

    def __init__(
        self, order: Order, sounds: Sequence[Sound | None], package: UUID, now: datetime
    ) -> None:
        self.password = new_password()
        self.manifest = b""
        self.sound_bytes = 0
        self._order, self._sounds, self._id, self._now = order, sounds, package, now
        self._packer = Packer(self.password)

    @property
    def entries(self) -> list[Entry]:
        return self._packer.entries

    def chunks(self) -> Iterator[bytes]:
        if self._order.letter:
            yield from self._packer.file(LETTER, [self._order.letter])
        pairs = zip(self._order.calls, self._sounds, strict=True)
        for number, (wanted, sound) in enumerate(pairs, 1):
            yield from self._call(f"call-{number}", wanted, sound)
        self.manifest = self._manifest()
        yield from self._packer.file(MANIFEST, [self.manifest])

    def _call(self, folder: str, wanted: Wanted, sound: Sound | None) -> Iterator[bytes]:
        told: dict[str, Any] | None = None
        if sound:
            yield from self._packer.file(f"{folder}/sound.wav", self._counted(sound.wav()))
            if sound.compressed:
                compressed = self._counted([sound.compressed])
                yield from self._packer.file(f"{folder}/sound.m4a", compressed)
            told = {"seconds": sound.seconds, "samples_a_second": RATE, "voices": wanted.voices}
        else:
            text = wanted.transcript.strip() + "\n"
            yield from self._packer.file(f"{folder}/transcript.txt", [text.encode()])
        held = whole.everything(wanted.call, self._now)
        consulted = consultations.of_call(wanted.call)
        text_json = call_json(held, wanted, consulted, told, words(self._order.language))
        yield from self._packer.file(f"{folder}/call.json", [text_json])

    def _counted(self, chunks: "Iterator[bytes] | list[bytes]") -> Iterator[bytes]:
        for chunk in chunks:
            self.sound_bytes += len(chunk)
            yield chunk

    def _manifest(self) -> bytes:
        order = self._order
        fields = {
            "package": self._id.hex,
            "case": order.reference,
            "language": order.language,
            "made_us": to_micros(self._now),
            "controller": {
                "name": order.controller.name,
                "business_id": order.controller.business_id,
            },
            "files": [
                {"name": one.name, "bytes": one.size, "sha256": one.sha256} for one in self.entries
            ],
        }
        return manifest_text(fields).encode()


def _finished(package: Package, order: Order, hands: Hands, work: _Work, now: datetime) -> None:
    package.entries = [[one.name, one.size, one.sha256] for one in work.entries]
    package.bytes = sum(one.size for one in work.entries)
    package.manifest_sha256 = hashlib.sha256(work.manifest).hexdigest()
    facts: Facts = {
        "reference": order.reference,
        "calls": len(order.calls),
        "partial": sum(not one.whole for one in order.calls),
        "files": len(work.entries),
        "bytes": package.bytes,
        "sound_bytes": work.sound_bytes,
        "sha256": package.manifest_sha256,
    }
    with transaction.atomic(durable=True):
        package.audit_leaf = log.append(
            Kind.RIGHTS_COPY_MADE,
            actor=hands.person.hex,
            subject=package.id.hex,
            facts=facts,
            now=now,
        )
        package.save(update_fields=["entries", "bytes", "manifest_sha256", "audit_leaf"])


@cache
def words(language: str) -> dict[str, str]:
    """What each field of call.json is, in plain words of this language."""
    text = files("vaiti.rights").joinpath("texts/call_words.json").read_text("utf-8")
    found: dict[str, dict[str, str]] = loads(text)
    return found[language]
