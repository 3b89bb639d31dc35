"""Evidence of one call, for a court or an authority: made within a case, verified by a stranger.

Nothing of it is kept. What is in the log is the manifest's digest: made again of the same
recording, the package is the same, and where it is not, it must be made anew. docs/evidence.md.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final
from uuid import UUID

from django.db import transaction

from vaiti.access.copying import open_copy, taken
from vaiti.audit import log, proofs, reading
from vaiti.audit.entry import Facts
from vaiti.audit.exhibit import (
    KEY,
    MANIFEST,
    PROOF,
    RECEIVED,
    SEALED,
    SOUND,
    Span,
    file_fields,
    manifest_text,
    proof_text,
)
from vaiti.audit.kinds import Kind
from vaiti.audit.proofs import NoProof
from vaiti.audit.reading import LogEntry
from vaiti.audit.verifier import NAME, verifier
from vaiti.playback.decoding import lacking
from vaiti.playback.exhibit import Exhibit, Piece
from vaiti.register import codecs
from vaiti.rights.copies import Controller, Hands, Opener
from vaiti.rights.handing import Handed
from vaiti.rights.packing import Entry, Packer
from vaiti.rights.zip_file import Member, length_of, written
from vaiti.values.clock import to_micros
from vaiti.values.opus import kept_as
from vaiti.vault.grant import Opening

README, PUBLIC = "README.txt", "checkpoint.pub"
CUSTODY: Final = frozenset(
    {
        *(Kind.CALL_RECORDING_TAKEN_IN, Kind.CALL_RECORDING_PAUSED, Kind.CALL_RECORDING_RESUMED),
        *(Kind.CALL_PART_JOINING, Kind.CALL_PART_JOINED),
        *(Kind.CALL_RECORDING_SETTLING, Kind.CALL_RECORDING_SETTLED),
        *(Kind.CALL_RECORDING_LESSENED, Kind.CALL_ORIGINAL_DESTROYED),
        *(Kind.CALL_PASSAGE_SILENCING, Kind.CALL_PASSAGE_SILENCED, Kind.CALL_FACTS_CORRECTED),
        *(Kind.CALL_RECORDING_DAMAGED, Kind.ACCESS_RECORDING_VERIFIED, Kind.ACCESS_COPY_OPENED),
        *(Kind.ACCESS_LISTENING_OPENED, Kind.ACCESS_LISTENING_HEARD),
        *(Kind.RETENTION_CALL_HELD, Kind.RETENTION_CALL_RELEASED, Kind.RETENTION_CALL_SHORTENED),
        *(Kind.RIGHTS_EVIDENCE_MADE, Kind.RIGHTS_EVIDENCE_FETCHED),
    }
)
"""What a court is told of the call's way: who sealed, changed, kept, opened and heard it."""
PAGES: Final = 100  # of the log, read at most: 20,000 entries about one call


class ExhibitRefused(ValueError):
    """It is not made or handed out; `code` says why: decoder, staff, soon, changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """Evidence of `call` for the case `reference`. `public` is the log's key, 32 bytes; `opener`
    decides that the call may be opened for it."""

    call: UUID
    reference: str
    controller: Controller
    public: bytes
    opener: Opener = open_copy


@dataclass(frozen=True, slots=True)
class _File:
    """`pieces` gives the file's bytes, each time it is asked."""

    name: str
    pieces: Callable[[], Iterator[Piece]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Package:
    files: tuple[_File, ...]
    entries: tuple[Entry, ...]
    manifest: bytes
    opening: Opening
    taken: int
    """Bytes of sound that were rendered for its digests; as many leave when it is taken."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.manifest).hexdigest()


def make(asked: Asked, hands: Hands, now: datetime) -> UUID:
    """Renders the package once and has the log hold its digest; the entry's id.

    Raises ExhibitRefused; NotVisible, Unprepared and Refused where the call may not be copied; and
    what playback raises where it stays closed.
    """
    package = _package(asked, hands, made_at=now, now=now)
    facts: Facts = {
        "reference": asked.reference,
        "files": len(package.entries),
        "bytes": sum(one.size for one in package.entries),
        "sha256": package.sha256,
    }
    kind, actor = Kind.RIGHTS_EVIDENCE_MADE, hands.person.hex
    with transaction.atomic(durable=True):
        taken(package.opening, package.taken, now)
        return log.append(kind, actor=actor, subject=asked.call.hex, facts=facts, now=now)


def made(call: UUID, reference: str) -> LogEntry | None:
    """The newest of this call in this case."""
    found = reading.entries(kind=Kind.RIGHTS_EVIDENCE_MADE, subject=call.hex).entries
    return next((one for one in found if one.facts.get("reference") == reference), None)


def fetch(asked: Asked, hands: Hands, password: str, now: datetime) -> Handed:
    """The package as a zip file, each file in it encrypted under the password. Raises as `make`.

    It is rendered again; the recording is opened again, and both are in the log before a byte
    leaves.
    """
    entry = made(asked.call, asked.reference)
    if entry is None:
        raise ExhibitRefused("changed")
    proof = _proof(asked.call, entry)
    package = _package(asked, hands, made_at=entry.at, now=now)
    if package.sha256 != entry.facts["sha256"]:
        taken(package.opening, package.taken, now)
        raise ExhibitRefused("changed")
    beside = [(MANIFEST, package.manifest), (PROOF, proof)]
    sizes = [(one.name, one.size) for one in package.entries]
    members = [
        Member(name, size, Entry(name, size, "").packed, 0, True)
        for name, size in [*sizes, *((name, len(text)) for name, text in beside)]
    ]
    length = length_of(members)
    facts: Facts = {"reference": asked.reference, "bytes": length}
    kind, actor = Kind.RIGHTS_EVIDENCE_FETCHED, hands.person.hex
    with transaction.atomic(durable=True):
        taken(package.opening, 2 * package.taken, now)
        log.append(kind, actor=actor, subject=asked.call.hex, facts=facts, now=now)
    packer = Packer(password)
    sources = [(one.data for one in each.pieces()) for each in package.files]
    contents = [*sources, *(iter([text]) for _, text in beside)]
    parts = (
        (member, packer.file(member.name, content))
        for member, content in zip(members, contents, strict=True)
    )
    return Handed(f"evidence-{asked.call.hex[:8]}.zip", length, written(parts))


def _package(asked: Asked, hands: Hands, *, made_at: datetime, now: datetime) -> _Package:
    if lacking(codecs.of_call(asked.call)):
        raise ExhibitRefused("decoder")
    opening = asked.opener(
        hands.person, asked.call, reference=asked.reference, now=now, seed=hands.seed
    )
    shown = Exhibit(opening, hands.keys, hands.store)
    listed = (
        _text(README, _readme()),
        _File(SOUND, shown.heard),
        _File(RECEIVED, shown.received),
        _File(SEALED, shown.sealed),
        _text(KEY, shown.key.hex().encode() + b"\n"),
        _text(PUBLIC, asked.public),
        _text(NAME, verifier()),
    )
    told, entries = [], []
    for one in listed:
        spans, sha256 = _spans(one.pieces())
        told.append(file_fields(one.name, spans, sha256))
        entries.append(Entry(one.name, sum(span.size for span in spans), sha256))
    fields = {
        "call": asked.call.hex,
        "case": asked.reference,
        "made_us": to_micros(made_at),
        "from_us": shown.window.from_us,
        "to_us": shown.window.to_us,
        "finished": shown.finished,
        "controller": {
            "name": asked.controller.name,
            "business_id": asked.controller.business_id,
        },
        "files": told,
        **({"lossy": lossy} if (lossy := kept_as(opening.recording)) else {}),
    }
    manifest = manifest_text(fields).encode()
    return _Package(listed, tuple(entries), manifest, opening, shown.taken)


def _text(name: str, text: bytes) -> _File:
    return _File(name, lambda: iter([Piece(text)]))


def _spans(pieces: Iterator[Piece]) -> tuple[list[Span], str]:
    spans, digest = [], hashlib.sha256()
    for one in pieces:
        digest.update(one.data)
        sha256 = hashlib.sha256(one.data).hexdigest()
        spans.append(Span(len(one.data), sha256, one.from_us, one.to_us))
    return spans, digest.hexdigest()


def _proof(call: UUID, entry: LogEntry) -> bytes:
    """Of what the log says of the call by now. Raises ExhibitRefused."""
    if entry.seq is None:
        raise ExhibitRefused("soon")
    leaves = [one.id for one in _history(call) if one.seq is not None]
    try:
        return proof_text(proofs.evidence(leaves)).encode()
    except NoProof as error:
        raise ExhibitRefused("soon") from error


def _history(call: UUID) -> Iterator[LogEntry]:
    before = None
    for _ in range(PAGES):
        page = reading.entries(subject=call.hex, before=before, limit=reading.MAX_PAGE)
        yield from (one for one in page.entries if one.kind in CUSTODY)
        before = page.before
        if before is None:
            return


@cache
def _readme() -> bytes:
    text = files("vaiti.rights").joinpath("texts/evidence.txt").read_text("utf-8")
    return text.encode()
