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

NEWEST = 20_000  # entries whose hashes are computed again in a round
SETTLED = timedelta(minutes=1)
"""Younger keys are looked at in the next round."""
LOOKED_BACK = timedelta(days=1)
OPENS = (
    *("access:listening:opened", "access:listening:resumed", "access:recording:verified"),
    *("access:copy:opened", "access:canary:opened", "access:sample:checked"),
    *("call:passage:silencing", "rights:copies:made"),
)
"""Under an entry of these kinds a recording may be opened."""


def listening_logged(_site: Site, _now: datetime) -> Verdict:
    """Each listening has its entry, of the right kind, about who listened."""
    loose = count(
        "SELECT count(*) FROM access_listening l LEFT JOIN audit_leaf e ON e.id = l.audit_leaf"
        " WHERE e.id IS NULL OR e.kind <> 'access:listening:opened'"
    )
    others = count(
        "SELECT count(*) FROM access_listening l JOIN audit_content c ON c.leaf_id = l.audit_leaf"
        f" WHERE c.actor <> {hexes('l.person_id')}"
    )
    looked = count("SELECT count(*) FROM access_listening")
    return found(looked, loose + others, "somebody listened and the log does not say so")


def log_whole(site: Site, _now: datetime) -> Verdict:
    """The newest entries, hashed again, are those of the tree, and the tree is the one signed."""
    size, root = _newest_checkpoint()
    begins = max(0, size - NEWEST)
    entries = rows(
        "SELECT l.id, l.at, l.kind, l.commitment, c.salt, c.body, n.hash FROM audit_leaf l"
        " LEFT JOIN audit_content c ON c.leaf_id = l.id"
        ' LEFT JOIN audit_node n ON n.level = 0 AND n."index" = l.seq'
        " WHERE l.seq >= %s AND l.seq < %s ORDER BY l.seq",
        *(begins, size),
    )
    wrong = abs(size - begins - len(entries))
    wrong += sum(not _unchanged(entry) for entry in entries)
    wrong += root != _root(size)
    wrong += _changed_on_disk(site)
    return found(len(entries), wrong, "the log is not what was signed")


def _unchanged(entry: tuple[Any, ...]) -> bool:
    """Salt and words make the commitment, and that with instant and kind the leaf of the tree."""
    leaf, at, kind, committed, salt, body, node = entry
    told = bytes(committed)
    if body is not None and hashlib.sha256(bytes(salt) + body.encode()).digest() != told:
        return False
    plain = (
        f'{{"at_us":{to_micros(instant(at))},"commitment":"{told.hex()}",'
        f'"id":"{UUID(str(leaf)).hex}","kind":"{kind}"}}'
    )
    again = hashlib.sha256(b"\x00" + plain.encode()).digest()
    return node is not None and bytes(node) == again


def _newest_checkpoint() -> tuple[int, bytes]:
    newest = rows("SELECT size, root FROM audit_checkpoint ORDER BY size DESC LIMIT 1")
    return (int(newest[0][0]), bytes(newest[0][1])) if newest else (0, hashlib.sha256().digest())


def _root(size: int) -> bytes:
    """RFC 9162: the peaks of the tree, each computed of its two halves, folded from the right."""
    peaks = [_halves(level, index) for level, index in _peaks(size)]
    if not peaks:
        return hashlib.sha256().digest()
    result = peaks.pop()
    while peaks:
        result = hashlib.sha256(b"\x01" + peaks.pop() + result).digest()
    return result


def _peaks(size: int) -> Iterator[tuple[int, int]]:
    begins = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield level, begins >> level
            begins += 1 << level


def _halves(level: int, index: int) -> bytes:
    if level == 0:
        return _node(0, index)
    both = _node(level - 1, 2 * index) + _node(level - 1, 2 * index + 1)
    return hashlib.sha256(b"\x01" + both).digest()


def _node(level: int, index: int) -> bytes:
    found = rows('SELECT hash FROM audit_node WHERE level = %s AND "index" = %s', level, index)
    return bytes(found[0][0]) if found else b""


def _changed_on_disk(site: Site) -> int:
    """The newest checkpoint that was written out is in the database with the same words."""
    latest = site.folder / "checkpoints" / "latest"
    if not latest.exists():
        return 0
    note = latest.read_text(encoding="utf-8")
    size = int(note.split("\n")[1])
    kept = rows("SELECT note FROM audit_checkpoint WHERE size = %s", size)
    return int(not kept or kept[0][0].split("\n")[:3] != note.split("\n")[:3])


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
