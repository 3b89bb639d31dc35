"""Verifies an exported log and a certificate, written from docs/audit-format.md and
docs/certificates.md alone.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Entry = Mapping[str, Any]


class Unproven(Exception):
    """What the file says is not so; the word says which rule of the page it breaks."""


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def demand(holds: bool, rule: str) -> None:
    if not holds:
        raise Unproven(rule)


def leaf(entry: Entry) -> bytes:
    """Its hash; the content is compared with the commitment on the way."""
    if "body" in entry:
        salt = base64.b64decode(entry["salt"])
        demand(sha256(salt, entry["body"].encode()).hex() == entry["commitment"], "content")
    names = ("at_us", "commitment", "id", "kind")
    return sha256(b"\0", canonical({name: entry[name] for name in names}))


def root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root(leaves[:middle]), root(leaves[middle:]))


def checkpoint(note: str, public: bytes) -> tuple[str, int, bytes]:
    """Origin, size and root."""
    text, signatures = note.split("\n\n")
    origin, size, encoded = text.split("\n")
    named = sha256(origin.encode(), b"\n\1", public)[:4]
    for line in signatures.splitlines():
        dash, name, stamp = line.split(" ")
        raw = base64.b64decode(stamp)
        if (dash, name, raw[:4]) == ("\u2014", origin, named):
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{text}\n".encode())
            return origin, int(size), base64.b64decode(encoded)
    raise Unproven("signature")


def cosigned_at(note: str, key: str) -> int:
    """Seconds since 1970, by the key of a witness."""
    name, stated, encoded = key.split("+", 2)
    public, text = base64.b64decode(encoded)[1:], note.split("\n\n", maxsplit=1)[0] + "\n"
    demand(sha256(name.encode(), b"\n\4", public)[:4].hex() == stated, "witness")
    for line in note.split("\n\n")[1].splitlines():
        _, signer, stamp = line.split(" ")
        raw = base64.b64decode(stamp)
        if (signer, raw[:4].hex()) == (name, stated):
            at = int.from_bytes(raw[4:12], "big")
            message = f"cosignature/v1\ntime {at}\n{text}".encode()
            Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)
            return at
    raise Unproven("cosignature")


def log(lines: Iterable[str], public: bytes, kept: Sequence[str] = ()) -> int:
    """How many entries it has."""
    objects = [json.loads(line) for line in lines]
    demand(objects[0] == {"format": "vaiti-audit/1"}, "format")
    notes = [one["note"] for one in objects if "note" in one]
    entries = [one for one in objects if "seq" in one]
    placed = [one for one in entries if one["seq"] is not None]
    demand([one["seq"] for one in placed] == list(range(len(placed))), "places")
    leaves = [leaf(one) for one in entries][: len(placed)]
    origins = set()
    for note in [*notes, *kept]:
        origin, size, signed = checkpoint(note, public)
        demand(size <= len(placed) and root(leaves[:size]) == signed, "root")
        origins.add(origin)
    demand(len(origins) <= 1, "origin")
    newest = max((checkpoint(note, public)[1] for note in notes), default=0)
    demand(newest == len(placed), "newest")
    removals = [one for one in entries if one["kind"] == "audit:content:removed"]
    named = {json.loads(one["body"])["subject"] for one in removals}
    demand({one["id"] for one in placed if "body" not in one} <= named, "removed")
    return len(placed)


def certificate(text: str, public: bytes) -> tuple[int, bool]:
    """How many calls it shows, and whether these are all of its day."""
    found = json.loads(text)
    demand(found["format"] == "vaiti-certificate/1", "format")
    _, size, signed = checkpoint(found["note"], public)
    entries = {one["id"]: one for one in found["entries"]}
    shown = {one["seq"]: leaf(one) for one in entries.values()}
    ranges = {(start, end): base64.b64decode(hashed) for start, end, hashed in found["ranges"]}
    used: set[int] = set()

    def over(start: int, end: int) -> bytes:
        if (start, end) in ranges:
            return ranges[start, end]
        if end - start == 1:
            demand(start in shown, "shown")
            used.add(start)
            return shown[start]
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        return sha256(b"\1", over(start, middle), over(middle, end))

    demand(over(0, size) == signed and used == set(shown), "tree")
    body = json.loads(found["body"])
    said = {name: json.loads(one["body"]) for name, one in entries.items()}
    issued = [said[one] for one in said if entries[one]["kind"] == "retention:certificate:issued"]
    digest = sha256(found["body"].encode()).hex()
    facts = [one["facts"] for one in issued]
    demand(
        any((one["sha256"], one["calls"]) == (digest, len(body["calls"])) for one in facts),
        "issued",
    )
    for call in body["calls"]:
        entry, content = entries[call["leaf"]], said[call["leaf"]]
        demand(entry["kind"] == "retention:call:destroyed", "kind")
        demand((content["subject"], entry["at_us"]) == (call["call"], call["done_us"]), "call")
        told = (content["facts"]["due_us"], content["facts"]["method"])
        demand(told == (call["due_us"], call["method"]), "due")
    demand(len({one["call"] for one in body["calls"]}) == len(body["calls"]), "twice")
    return len(body["calls"]), _whole(body, entries, said)


def _whole(body: Mapping[str, Any], entries: Mapping[str, Entry], said: Mapping[str, Any]) -> bool:
    ended = body["day_ended"]
    if ended is None:
        return False
    facts = said[ended]["facts"]
    demand(entries[ended]["kind"] == "retention:day:ended", "day")
    demand(facts["day"] == body["day"], "day")
    return bool(facts["calls"] <= len(body["calls"]))
