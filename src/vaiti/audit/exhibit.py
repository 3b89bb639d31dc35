"""A package of evidence of one call: whether it is what the register made, and what was sealed.

The manifest has the SHA-256 of each second of sound and of each segment as it was received; the
log has one of the manifest, and from the day on which the call was taken in one of the sealed
object. So what was changed is found, and where. Pure. Format: docs/evidence.md.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from vaiti.audit.copy import Unpacked
from vaiti.audit.evidence import Evidence, EvidenceError, check, fields_of, read, said
from vaiti.audit.kinds import Kind
from vaiti.audit.received import ReceivedError, SealedObject, captured
from vaiti.audit.verification import Entry

FORMAT: Final = "vaiti-evidence/1"
PROOF_FORMAT: Final = "vaiti-evidence-proof/1"
MANIFEST, PROOF = "manifest.json", "proof.json"
SEALED, RECEIVED, SOUND, KEY = "sealed.vs", "received.pcap", "sound.wav", "key.hex"
UNITS: Final = {SEALED: "segment", RECEIVED: "segment", SOUND: "second"}
"""Of what each piece but the first one is; the first is the file's header."""
SEALING: Final = (
    *(Kind.CALL_RECORDING_TAKEN_IN, Kind.CALL_PASSAGE_SILENCED, Kind.CALL_PART_JOINED),
    Kind.CALL_RECORDING_SETTLED,
    Kind.CALL_RECORDING_LESSENED,
)
"""Entries that say what the sealed object's SHA-256 is from then on."""
MAX_JSON: Final = 64 << 20  # bytes
MAX_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file: its length, its SHA-256 (lower-case hex), and when it was, or None."""

    size: int
    sha256: str
    from_us: int | None = None
    to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`files` were found unchanged when nothing is a problem; `size` is that of the log; `custody`
    is what the log says of the call, in order."""

    ok: bool
    files: int
    size: int
    problems: tuple[str, ...]
    custody: tuple[str, ...] = ()
    note: str = ""


def manifest_text(fields: Mapping[str, Any]) -> str:
    told = {"format": FORMAT, **fields}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def proof_text(evidence: Evidence) -> str:
    told = {"format": PROOF_FORMAT, **fields_of(evidence)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def file_fields(name: str, spans: Sequence[Span], sha256: str) -> dict[str, Any]:
    pieces = [[one.size, one.sha256, one.from_us, one.to_us] for one in spans]
    size = sum(one.size for one in spans)
    return {"name": name, "bytes": size, "sha256": sha256, "pieces": pieces}


def verify(files: Unpacked, public: bytes) -> Verdict:
    """Of the folder into which the package was unpacked."""
    evidence = None
    try:
        manifest, proof = _whole(files, MANIFEST), json.loads(_whole(files, PROOF))
        if proof["format"] != PROOF_FORMAT:
            raise EvidenceError(f"{PROOF} is not the proof of a package of evidence")
        evidence = read(proof)
        size, fields = check(evidence, public).size, json.loads(manifest)
        problems = _made(manifest, evidence)
        problems += [] if problems else _files(files, fields, evidence)
        count, lines = len(fields["files"]), tuple(_custody(evidence, str(fields["call"])))
    except (EvidenceError, KeyError, TypeError, ValueError, AttributeError) as error:
        told = str(error) if isinstance(error, EvidenceError) else f"cannot be read: {error!r}"
        return Verdict(False, 0, 0, (told[:300],), (), evidence.note if evidence else "")
    found = tuple(problems[:MAX_PROBLEMS])
    return Verdict(not found, count, size, found, lines, evidence.note)


def _whole(files: Unpacked, name: str) -> bytes:
    if name not in files.names():
        raise EvidenceError(f"{name} is missing")
    found = b""
    for chunk in files.chunks(name):
        found += chunk
        if len(found) > MAX_JSON:
            raise EvidenceError(f"{name} is longer than any that was ever made")
    return found


def _made(manifest: bytes, evidence: Evidence) -> list[str]:
    """Before this is so, nothing that the manifest says is believed."""
    wanted = hashlib.sha256(manifest).hexdigest()
    for entry in evidence.entries:
        if entry.kind == Kind.RIGHTS_EVIDENCE_MADE and said(entry)["facts"]["sha256"] == wanted:
            if said(entry)["subject"] != json.loads(manifest)["call"]:
                return ["the log says that this package was made of another call"]
            return []
    return [f"the log does not say that this package was made: {MANIFEST} is not as it was"]


def _files(files: Unpacked, fields: Mapping[str, Any], evidence: Evidence) -> list[str]:
    there = set(files.names()) - {MANIFEST, PROOF}
    problems: list[str] = []
    for one in fields["files"]:
        name = str(one["name"])
        if name in there:
            problems += _compared(files, one)
        else:
            problems.append(f"{name} is missing")
        there.discard(name)
    problems += [f"{name} was not in the package" for name in sorted(there)]
    return problems or [*_sealed(fields, evidence), *_opened(files, fields)]


def _compared(files: Unpacked, told: Mapping[str, Any]) -> list[str]:
    """Each stretch of a file against its digest; those side by side are one problem."""
    name, pieces = str(told["name"]), told["pieces"]
    found = cut(files.chunks(name), [piece[0] for piece in pieces])
    wrong, at, rest = list[tuple[int, int]](), 0, 0
    for number, data in enumerate(found):
        if number == len(pieces):
            rest = len(data)
        elif hashlib.sha256(data).hexdigest() != pieces[number][1]:
            wrong.append((number, at))
        at += pieces[number][0] if number < len(pieces) else 0
    problems = [_where(name, some, pieces) for some in _runs(wrong)]
    if rest:
        problems.append(f"{name} goes on beyond its end")
    return problems


def cut(chunks: Iterable[bytes], sizes: Sequence[int]) -> Iterator[bytes]:
    """The bytes in stretches of these sizes; shorter ones where they end, and then what is left."""
    waiting, number = bytearray(), 0
    for chunk in chunks:
        waiting += chunk
        while number < len(sizes) and len(waiting) >= sizes[number]:
            yield bytes(waiting[: sizes[number]])
            del waiting[: sizes[number]]
            number += 1
    while number < len(sizes):
        yield bytes(waiting[: sizes[number]])
        del waiting[: sizes[number]]
        number += 1
    if waiting:
        yield bytes(waiting)


def _runs(wrong: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    some: list[tuple[int, int]] = []
    for one in wrong:
        if some and one[0] != some[-1][0] + 1:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _where(name: str, wrong: Sequence[tuple[int, int]], pieces: Sequence[Sequence[Any]]) -> str:
    (first, begins), (last, beyond) = wrong[0], wrong[-1]
    place = f"bytes {begins} to {beyond + pieces[last][0] - 1}"
    unit = UNITS.get(name, "")
    if unit and first:
        numbers = f"{first - 1}" if first == last else f"{first - 1} to {last - 1}"
        place = f"{unit}{'s' if last > first else ''} {numbers} ({place}"
        since = next((piece[2] for piece in pieces[first : last + 1] if piece[2]), None)
        until = next((piece[3] for piece in pieces[last : first - 1 : -1] if piece[3]), None)
        place += f"; {_instant(since)} to {_instant(until)})" if since and until else ")"
    return f"{name} is not what the register handed out: {place}"


def _sealed(fields: Mapping[str, Any], evidence: Evidence) -> list[str]:
    """The sealed object is the one that the log names since the call was taken in."""
    named = [one for one in _about(evidence, fields["call"]) if one.kind in SEALING]
    if not named:
        return ["no entry shown says what was sealed when the call was taken in"]
    (mine,) = (one for one in fields["files"] if one["name"] == SEALED)
    newest = max(named, key=lambda one: one.seq or 0)
    if said(newest)["facts"]["sha256"] != mine["sha256"]:
        return [f"{SEALED} is not the object that the log names since {_instant(newest.at_us)}"]
    return []


def _opened(files: Unpacked, fields: Mapping[str, Any]) -> Iterator[str]:
    """Each segment opens under the key, and gives the packets that the capture holds."""
    told = {one["name"]: one["pieces"] for one in fields["files"]}
    sizes = [piece[0] for piece in told[SEALED]]
    key = bytes.fromhex(_whole(files, KEY).decode().strip())
    segments = cut(files.chunks(SEALED), sizes)
    try:
        count, finished = len(sizes) - 1, bool(fields["finished"])
        sealed = SealedObject(key, str(fields["call"]), next(segments), count, finished)
        for index, segment in enumerate(segments):
            found = captured(sealed.records(index, segment)).data
            if hashlib.sha256(found).hexdigest() != told[RECEIVED][index + 1][1]:
                yield f"{RECEIVED} has other packets in segment {index} than {SEALED}"
    except ReceivedError as error:
        yield f"{SEALED}: {error}"


def _about(evidence: Evidence, call: str) -> list[Entry]:
    return [one for one in evidence.entries if said(one)["subject"] == call]


def _custody(evidence: Evidence, call: str) -> Iterator[str]:
    for entry in _about(evidence, call):
        body = said(entry)
        facts = " ".join(f"{name}={body['facts'][name]}" for name in sorted(body["facts"]))
        yield f"{_instant(entry.at_us)} {entry.kind} by {body['actor']} {facts}".rstrip()


def _instant(at_us: int) -> str:
    at = datetime.fromtimestamp(at_us / 1_000_000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
