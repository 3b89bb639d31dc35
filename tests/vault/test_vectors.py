"""The files that docs/vault-format.md gives to other readers are read from that page alone."""

import ast
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from vault import reader
from vault.reader import KeyFile, Packet

VECTORS = Path(__file__).parents[1] / "vectors" / "vault"
EXPECTED = json.loads((VECTORS / "expected.json").read_text())
PASSPHRASE = (VECTORS / "keystore.passphrase").read_bytes()


def payloads(found: Sequence[Packet]) -> dict[str, str]:
    by_track = {str(track): b"" for track, *_ in found}
    for track, *_, payload in sorted(found, key=lambda one: one[3]):
        by_track[str(track)] += payload
    return {track: hashlib.sha256(sound).hexdigest() for track, sound in by_track.items()}


def test_the_reader_knows_nothing_of_the_program() -> None:
    tree = ast.parse(Path(reader.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [one for one in imports if str(one.module).startswith("vaiti")]


def test_a_recording_is_opened_from_the_files_by_passphrase_and_by_shares() -> None:
    keys = KeyFile(VECTORS / "keystore.sqlite")
    secret = keys.by_passphrase(PASSPHRASE)
    shares = [(VECTORS / f"share-{number}.txt").read_text() for number in (1, 2, 3)]
    for two in (shares[:2], shares[1:], [shares[2], shares[0]]):
        assert keys.by_shares(two) == secret
    with pytest.raises(InvalidTag):
        keys.by_passphrase(b"another")
    told = EXPECTED["recording"]
    key = keys.call_key(secret, told["call"])
    sealed = (VECTORS / "recording.vs").read_bytes()
    found = list(reader.packets(reader.plaintexts(key, told["call"], sealed)))
    assert len(found) == told["packets"]
    assert payloads(found) == told["payloads_sha256"]
    settled = (VECTORS / "settled.vs").read_bytes()
    assert settled[40:] != sealed[40:]
    assert list(reader.packets(reader.plaintexts(key, told["call"], settled))) == found
    assert ("call", EXPECTED["destroyed_call"]) in keys.dead
    assert EXPECTED["destroyed_call"] not in keys.calls


def test_a_call_in_the_journal_is_opened_by_the_intake_key() -> None:
    told, keys = EXPECTED["journal"], KeyFile(VECTORS / "keystore.sqlite")
    records = list(reader.journal((VECTORS / "000001.vj").read_bytes()))
    assert {call for _, call, _ in records} == {told["call"]}
    day, wrapped, sealed = reader.object_of(records)
    private = keys.intake_key(keys.by_passphrase(PASSPHRASE), day)
    key = reader.from_public(private, wrapped, f"data-key/{told['call']}")
    found = list(reader.packets(reader.plaintexts(key, told["call"], sealed)))
    assert (len(found), payloads(found)) == (told["packets"], told["payloads_sha256"])
    (manifest,) = (body for kind, _, body in records if kind == 4)
    text = reader.manifest_of(private, told["call"], manifest)
    assert hashlib.sha256(text).hexdigest() == told["manifest_sha256"]
    assert json.loads(text)["sha256"] == hashlib.sha256(sealed).hexdigest()


def test_a_backup_is_opened_by_the_recovery_key() -> None:
    read = {name: (VECTORS / name).read_bytes() for name in ("keys.backup", "recovery.key")}
    signer = (VECTORS / "checkpoint.pub").read_bytes()
    found = reader.backup(read["keys.backup"], read["recovery.key"], signer)
    assert found == {
        "keys/keystore.sqlite": (VECTORS / "keystore.sqlite").read_bytes(),
        "secrets/keystore.passphrase": PASSPHRASE,
    }
