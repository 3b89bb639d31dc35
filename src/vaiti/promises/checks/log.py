"""The log held against keys, listenings and itself: hashes computed here, from its rows (N-33)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from vaiti.promises.checks.statement import bound_id, count, hexes, instant, read_json, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found
from vaiti.values.clock import to_micros
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable

LEVEL = 14
AT_ONCE = 1 << 10  # entries in memory
"""Entries are hashed again in blocks of 2**LEVEL: ten million are once round in four days."""
SETTLED = timedelta(minutes=1)
"""Younger keys are looked at in the next round."""
LOOKED_BACK = timedelta(days=1)
OPENS = (
    *("access:listening:opened", "access:listening:resumed", "access:recording:verified"),
    *("access:copy:opened", "access:canary:opened", "access:sample:checked"),
    *("call:passage:silencing", "call:part:joining", "rights:copies:made"),
)
"""Under an entry of these kinds a recording may be opened."""


def listening_logged(_site: Site, _now: datetime) -> Verdict:
    """Each listening has its entry, of the right kind, about who listened."""
    loose = count(
        "SELECT count(*) FROM access_listening l LEFT JOIN audit_leaf e ON e.id = l.audit_leaf"
        " WHERE e.id IS NULL OR e.kind <> 'access:listening:opened'"
    )
    others = count(
        "SELECT count(*) FROM access_listening l JOIN audit_leaf e ON e.id = l.audit_leaf"
        f" WHERE e.salt IS NOT NULL AND e.actor <> {hexes('l.person_id')}"
    )
    looked = count("SELECT count(*) FROM access_listening")
    return found(looked, loose + others, "somebody listened and the log does not say so")


def log_whole(site: Site, _now: datetime) -> Verdict:
    """Every entry, hashed again block by block over the rounds, is in the tree that was signed."""
    last = rows("SELECT evidence FROM promises_result WHERE check_id = 'audit.log_whole'")
    begins = int(read_json(last[0][0]).get("next_block", 0)) if last else 0
    return whole(site, LEVEL, begins)


def whole(site: Site, level: int, block: int) -> Verdict:
    """What has no full block yet and one block are hashed from their entries; all blocks together
    make the root that was signed. What is wrong is looked at again until it is mended."""
    size, root = _newest_checkpoint()
    full = size >> level
    blocks = _stored(level, full)
    tail, wrong = _hashed(full << level, size)
    looked = len(tail)
    wrong += len(blocks) != full or root != _root([*_peaks(blocks), *_peaks(tail)])
    block = block if block < full else 0
    if block < len(blocks):
        leaves, strange = _hashed(block << level, block + 1 << level)
        looked += len(leaves)
        wrong += strange + (_peaks(leaves) != [blocks[block]])
    wrong += _changed_on_disk(site)
    more = {"entries": size, "next_block": block if wrong else block + 1}
    return found(looked, wrong, "the log is not what was signed", **more)


def _hashed(begins: int, ends: int) -> tuple[list[bytes], int]:
    """The leaves of these entries as computed from their rows, and how many are not as stored."""
    leaves, wrong = list[bytes](), 0
    for first in range(begins, ends, AT_ONCE):
        some, strange = _hashed_at_once(first, min(first + AT_ONCE, ends))
        leaves, wrong = leaves + some, wrong + strange
    return leaves, wrong


def _hashed_at_once(begins: int, ends: int) -> tuple[list[bytes], int]:
    entries = rows(
        "SELECT l.id, l.at, l.kind, l.commitment, l.salt, l.body, n.hash FROM audit_leaf l"
        ' LEFT JOIN audit_node n ON n.level = 0 AND n."index" = l.seq'
        " WHERE l.seq >= %s AND l.seq < %s ORDER BY l.seq",
        *(begins, ends),
    )
    leaves = [_leaf(entry) for entry in entries]
    wrong = sum(not _unchanged(entry, leaf) for entry, leaf in zip(entries, leaves, strict=True))
    return leaves, wrong + abs(ends - begins - len(entries))


def _leaf(entry: tuple[Any, ...]) -> bytes:
    leaf, at, kind, committed, *_ = entry
    plain = (
        f'{{"at_us":{to_micros(instant(at))},"commitment":"{bytes(committed).hex()}",'
        f'"id":"{UUID(str(leaf)).hex}","kind":"{kind}"}}'
    )
    return hashlib.sha256(b"\x00" + plain.encode()).digest()


def _unchanged(entry: tuple[Any, ...], leaf: bytes) -> bool:
    """Salt and words make the commitment, and that with instant and kind the leaf of the tree."""
    *_, committed, salt, body, node = entry
    if body is not None:
        made = hashlib.sha256(bytes(salt) + body.encode()).digest()
        if made != bytes(committed):
            return False
    return node is not None and bytes(node) == leaf


def _newest_checkpoint() -> tuple[int, bytes]:
    newest = rows("SELECT size, root FROM audit_checkpoint ORDER BY size DESC LIMIT 1")
    return (int(newest[0][0]), bytes(newest[0][1])) if newest else (0, hashlib.sha256().digest())


def _stored(level: int, full: int) -> list[bytes]:
    told = rows(
        'SELECT hash FROM audit_node WHERE level = %s AND "index" < %s ORDER BY "index"',
        *(level, full),
    )
    return [bytes(one) for (one,) in told]


def _root(peaks: list[bytes]) -> bytes:
    """RFC 9162: the peaks of the tree, folded from the right."""
    if not peaks:
        return hashlib.sha256().digest()
    *rest, result = peaks
    for peak in reversed(rest):
        result = _parent(peak, result)
    return result


def _peaks(hashes: list[bytes]) -> list[bytes]:
    """Of the largest complete trees in a row, each computed from its halves."""
    found, begins = [], 0
    for level in range(len(hashes).bit_length() - 1, -1, -1):
        if len(hashes) >> level & 1:
            found.append(_tree(hashes[begins : begins + (1 << level)]))
            begins += 1 << level
    return found


def _tree(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [_parent(*both) for both in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _changed_on_disk(site: Site) -> int:
    """The newest checkpoint that was written out is in the database with the same words."""
    latest = site.folder / "checkpoints" / "latest"
    if not latest.exists():
        return 0
    told = latest.read_text(encoding="utf-8", errors="replace").split("\n")[:3]
    if len(told) < 3 or not told[1].isdecimal():
        return 1
    kept = rows("SELECT note FROM audit_checkpoint WHERE size = %s", int(told[1]))
    return int(not kept or kept[0][0].split("\n")[:3] != told)


def sound_accounted_for(site: Site, now: datetime) -> Verdict:
    """N-09: each key that the key process remembers giving was given under an entry that stands."""
    keys = KeyClient(site.keys_socket)
    try:
        given = keys.given(to_micros(now - LOOKED_BACK))
    except (KeysUnavailable, KeysRefused):
        return Verdict(False, {"looked_at": 0}, "the key process does not answer")
    finally:
        keys.close()
    until = to_micros(now - SETTLED)
    wanted = [leaf for leaf, at in given if at <= until]
    kinds = dict(_kinds(wanted))
    missing = sum(leaf not in kinds for leaf in wanted)
    unheard = _heard_beyond()
    return found(len(wanted), missing + unheard, "sound left that the log knows nothing of")


def _kinds(leaves: list[str]) -> Iterator[tuple[str, str]]:
    for begins in range(0, len(leaves), 500):
        some = leaves[begins : begins + 500]
        marks = ", ".join(["%s"] * len(some))
        sql = f"SELECT {hexes('id')}, kind FROM audit_leaf WHERE id IN ({marks})"
        yield from ((str(leaf), str(kind)) for leaf, kind in rows(sql, *map(bound_id, some)))


def _heard_beyond() -> int:
    """Stretches that were sent outside of the part that the listening was to."""
    wrong = 0
    told = rows(
        "SELECT l.heard, g.started_at, g.ended_at FROM access_listening l"
        " JOIN register_leg g ON g.id = l.leg_id ORDER BY l.opened_at DESC LIMIT 1000"
    )
    for heard, _begins, _ends in told:
        wrong += any(begins > ends for begins, ends in read_json(heard))
    return wrong
