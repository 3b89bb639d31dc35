"""A copy of calls that a person was given: whether it is what the register handed out. Pure.

The manifest has the SHA-256 of each file; the log has an entry with the SHA-256 of the manifest.
Whoever trusts the log's key trusts the copy, and needs no other signature. docs/copy-format.md.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vaiti.audit.evidence import Evidence, EvidenceError, check, fields_of, read, said
from vaiti.audit.kinds import Kind

FORMAT = "vaiti-copy/1"
PROOF_FORMAT = "vaiti-copy-proof/1"
MANIFEST, PROOF = "manifest.json", "proof.json"
MAX_JSON = 64 << 20  # bytes
CHUNK = 1 << 20
MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """`files` were found unchanged when nothing is a problem; `size` is that of the log."""

    ok: bool
    files: int
    size: int
    problems: tuple[str, ...]


class Files(Protocol):
    def names(self) -> Iterable[str]: ...

    def chunks(self, name: str) -> Iterator[bytes]: ...


class Zipped:
    """The package as it was downloaded. Raises EvidenceError for one that is encrypted."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            raise EvidenceError("the file is not a package of copies") from error
        if any(one.flag_bits & 1 for one in self._zip.infolist()):
            raise EvidenceError("the package is encrypted: unpack it, and verify the folder")

    def names(self) -> Iterable[str]:
        return [one.filename for one in self._zip.infolist() if not one.is_dir()]

    def chunks(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except zipfile.BadZipFile as error:
            raise EvidenceError(f"{name} is damaged") from error


class Unpacked:
    """The folder that the package was unpacked into."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> Iterable[str]:
        found = (path for path in self._root.rglob("*") if path.is_file())
        return [path.relative_to(self._root).as_posix() for path in found]

    def chunks(self, name: str) -> Iterator[bytes]:
        with (self._root / name).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


def manifest_text(fields: Mapping[str, Any]) -> str:
    return json.dumps({"format": FORMAT, **fields}, ensure_ascii=False, indent=2) + "\n"


def proof_text(evidence: Evidence) -> str:
    fields = {"format": PROOF_FORMAT, **fields_of(evidence)}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def verify(files: Files, public: bytes) -> tuple[Verdict, str]:
    """The verdict, and the checkpoint under which all of it stands."""
    note = ""
    try:
        manifest = _whole(files, MANIFEST)
        evidence = _proof(_whole(files, PROOF))
        note = evidence.note
        size = check(evidence, public).size
        fields = json.loads(manifest)
        if fields["format"] != FORMAT:
            raise EvidenceError("the manifest is not of a package of copies")
        problems = [*_made(manifest, fields, evidence), *_compared(files, fields["files"])]
    except (EvidenceError, KeyError, TypeError, ValueError) as error:
        told = str(error) if isinstance(error, EvidenceError) else f"cannot be read: {error!r}"
        return Verdict(False, 0, 0, (told[:300],)), note
    found = tuple(problems[:MAX_PROBLEMS])
    return Verdict(not found, len(fields["files"]), size, found), note


def _whole(files: Files, name: str) -> bytes:
    if name not in files.names():
        raise EvidenceError(f"{name} is missing")
    found = b""
    for chunk in files.chunks(name):
        found += chunk
        if len(found) > MAX_JSON:
            raise EvidenceError(f"{name} is longer than any that was ever made")
    return found


def _proof(text: bytes) -> Evidence:
    fields = json.loads(text)
    if fields["format"] != PROOF_FORMAT:
        raise EvidenceError(f"{PROOF} is not the proof of a package of copies")
    return read(fields)


def _made(manifest: bytes, fields: Mapping[str, Any], evidence: Evidence) -> list[str]:
    """The log has an entry that this very package was made."""
    wanted = hashlib.sha256(manifest).hexdigest()
    for entry in evidence.entries:
        if entry.kind == Kind.RIGHTS_COPY_MADE:
            body = said(entry)
            if body["facts"]["sha256"] == wanted and body["subject"] == fields["package"]:
                return []
    return ["the log does not say that this package was made as it stands"]


def _compared(files: Files, told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    there = set(files.names()) - {MANIFEST, PROOF}
    for one in told:
        name = str(one["name"])
        if name not in there:
            yield f"{name} is missing"
            continue
        there.discard(name)
        digest, length = hashlib.sha256(), 0
        for chunk in files.chunks(name):
            digest.update(chunk)
            length += len(chunk)
        if length != one["bytes"] or digest.hexdigest() != one["sha256"]:
            yield f"{name} is not what the register handed out"
    for name in sorted(there):
        yield f"{name} was not in the package"
