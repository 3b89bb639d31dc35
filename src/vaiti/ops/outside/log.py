"""Verifies an exported audit log from the file, a signed checkpoint and the public key alone."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vaiti.ops.outside.fault import Fault, demand


@dataclass(frozen=True, slots=True)
class Statement:
    """What a signed checkpoint says (C2SP tlog-checkpoint)."""

    size: int
    root: bytes


def read_log(path: Path) -> list[dict[str, Any]]:
    """The entries that have their place in the tree, in order."""
    objects = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    demand(objects[:1] == [{"format": "vaiti-audit/1"}], "the export is not of an audit log")
    placed = [found for found in objects[1:] if found.get("seq") is not None]
    placed.sort(key=lambda found: int(found["seq"]))
    for place, found in enumerate(placed):
        demand(found["seq"] == place, f"the log has no entry {place}")
    return placed


def read_note(note: str, public: bytes) -> Statement:
    """Checks the signature (C2SP signed-note, Ed25519) and reads size and root. Raises Fault."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    origin, size, root = text.splitlines()[:3]
    mine = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
    for line in signatures.splitlines():
        raw = base64.b64decode(line.split(" ")[-1])
        if raw[:4] == mine:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
            except InvalidSignature as error:
                raise Fault("the signature of the checkpoint is wrong") from error
            return Statement(int(size), base64.b64decode(root))
    raise Fault("the checkpoint is not signed by the log's key")


def verify(entries: Sequence[dict[str, Any]], statement: Statement) -> int:
    """Recomputes the root over the entries and each commitment; answers the number of entries."""
    demand(len(entries) >= statement.size, "the log is shorter than its checkpoint says")
    for found in entries:
        if "body" in found:
            salt = base64.b64decode(found["salt"])
            digest = hashlib.sha256(salt + found["body"].encode()).hexdigest()
            demand(digest == found["commitment"], f"entry {found['seq']} was altered")
    root = tree_root([leaf_hash(found) for found in entries[: statement.size]])
    demand(root == statement.root, "the log's root is not that of its signed checkpoint")
    return statement.size


def leaf_hash(entry: dict[str, Any]) -> bytes:
    """RFC 9162, 2.1.1, over the canonical JSON of id, instant, kind and commitment."""
    names = ("id", "at_us", "kind", "commitment")
    leaf = json.dumps(
        {name: entry[name] for name in names},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(b"\0" + leaf.encode()).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 9162, 2.1.1, over hashed leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = tree_root(leaves[:split]), tree_root(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()
