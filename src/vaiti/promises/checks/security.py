"""Sound is sealed wherever it lies, and keys lie apart from it (N-17, N-25)."""

import json
import math
import re
from collections import Counter
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from vaiti.promises.checks.statement import read_json, rows, tables
from vaiti.promises.older.files import JOURNAL_MAGIC, SEALED_NAMES, SOUND
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found
from vaiti.vault.store import StoreError
from vaiti.vault.walking import below

HEADER = 40  # the first byte of a sealed object says how long its header is
SAMPLE = 200
ENTROPY = 7.0  # bits a byte, of four thousand bytes; sound that anybody can read has less
SECRET = re.compile(r"\.(key|passphrase|pem)$")
NOTE = re.compile(r"[0-9a-f]{32}\.(agent|sender|objected)|\.[0-9a-f]{32}\.[a-z]+\.[0-9]+")
"""How a recorder's note is called, and while it is being written."""
WORD = re.compile(r"[a-z_]{0,16}")
DIGEST = re.compile(r"[0-9a-f]{32}")
MOST_ALIKE = 16
MOST_US = 1 << 53


def sealed_on_disk(site: Site, _now: datetime) -> Verdict:
    """Objects and journal begin as sealed ones do and look like noise; no file begins as sound."""
    looked = wrong = 0
    made = rows("SELECT object_id FROM rights_package WHERE object_id IS NOT NULL")
    packages = {UUID(str(one)).hex for (one,) in made}
    for name in islice(site.store.names(), SAMPLE):
        try:
            begins = site.store.get(name, 0, min(4096, site.store.size(name)))
        except StoreError:  # destroyed in this moment
            continue
        looked += 1
        wrong += not (_noise(begins) if name in packages else _sealed(begins))
    for path in below(site.folder):
        if path.is_file() and not path.is_symlink():
            looked += 1
            wrong += _readable_sound(path)
    return found(looked, wrong, "sound lies somewhere that anybody can read")


def looks_sealed(begins: bytes) -> bool:
    """Whether what an object begins with tells nobody anything, be it a recording or a copy."""
    return _sealed(begins) or _noise(begins)


def _sealed(begins: bytes) -> bool:
    return bool(begins) and begins[0] == HEADER and _noise(begins)


def _noise(begins: bytes) -> bool:
    """A copy that is made for a person is sealed without a header."""
    return _bits(begins[HEADER:]) > _least(len(begins))


def _least(length: int) -> float:
    """Of few bytes not even noise has every value."""
    return min(ENTROPY, math.log2(max(2, length - HEADER)) - 1)


def _bits(content: bytes) -> float:
    if not content:
        return ENTROPY + 1
    whole = len(content)
    return -sum(many / whole * math.log2(many / whole) for many in Counter(content).values())


def _readable_sound(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begins = file.read(16)
    except OSError:
        return False
    if path.name.endswith(".vj"):
        return bool(begins) and not begins.startswith(JOURNAL_MAGIC)
    return begins.startswith(SOUND)


def keys_apart(site: Site, _now: datetime) -> Verdict:
    """No key lies among sealed sound, in the register, or where others of the machine may read."""
    wrong = looked = 0
    for folder in (site.folder / "store", site.journal):
        for path in below(folder):
            if path.is_file():
                looked += 1
                known = path.name.endswith((*SEALED_NAMES, "lock")) or _begun(path) or _note(path)
                wrong += not known or bool(SECRET.search(path.name))
    for path in (site.folder / "secrets").glob("*"):
        looked += 1
        others = path.stat().st_mode & 0o077
        wrong += bool(others) and not path.name.endswith((".pub", ".crt"))
    named = [one for one in tables() if re.search(r"key(store|ring)|_key$|_keys$", one)]
    return found(looked, wrong + len(named) + _wrapped_in_rows(), "a key lies where sound lies")


def _begun(path: Path) -> bool:
    """An object that is being written."""
    return path.parent.name in ("partial", ".partial") or ".vs." in path.name or path.suffix == ""


def _note(path: Path) -> bool:
    """What a recorder tells the others of a pause or an objection (docs/journal.md), no more."""
    if path.parent.name != ".withheld" or not NOTE.fullmatch(path.name):
        return False
    try:
        told = json.loads(path.read_bytes() or b"{}")  # empty while it is being written
    except FileNotFoundError:  # taken away in this moment
        return True
    except ValueError:
        return False
    return isinstance(told, dict) and all(_plain(name, value) for name, value in told.items())


def _plain(name: str, value: object) -> bool:
    """Whether this part of a note is an instant, a word, or what calls are alike in."""
    if name == "alike":
        return isinstance(value, list) and len(value) <= MOST_ALIKE and all(map(_is_digest, value))
    if name in ("since_us", "until_us"):
        return type(value) is int and 0 <= value < MOST_US
    return name == "reason" and isinstance(value, str) and bool(WORD.fullmatch(value))


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and bool(DIGEST.fullmatch(value))


def _wrapped_in_rows() -> int:
    """Recordings whose technical part has anything like a key in it."""
    newest = rows("SELECT recording FROM register_call ORDER BY due_at DESC LIMIT %s", SAMPLE)
    known = {
        *("tracks", "epochs", "holds", "pauses", "sides", "ties", "warnings"),
        *("segments", "finished", "sha256", "silenced", "changeovers"),
    }
    wrong = 0
    for (recording,) in newest:
        wrong += bool(set(read_json(recording)) - known)
    return wrong
