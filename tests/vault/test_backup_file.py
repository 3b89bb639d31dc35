"""A backup's bytes: what was sealed comes back, and nothing else does."""

import os
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vaiti.ops.backup.packing import PackDamaged, packed, unpacked
from vaiti.values.clock import to_micros
from vaiti.vault.backup_file import (
    MOST_HEADER,
    PIECE,
    BackupDamaged,
    Header,
    key_name,
    opened,
    read_header,
    sealed,
)
from vaiti.vault.wrapping import new_intake_key

SEED = bytes(range(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
MADE = to_micros(datetime(2026, 11, 27, 12, tzinfo=UTC))
HEADER = Header("register", "ab" * 16, MADE, MADE + 1, key="")


def backup(public: bytes, content: bytes) -> bytes:
    return b"".join(sealed(HEADER, public, SEED, [content[:100], b"", content[100:]]))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_comes_back_whole(size: int) -> None:
    private, public = new_intake_key()
    content = os.urandom(size)
    whole = backup(public, content)
    assert content[:64] not in whole or size < 16
    chunks = (whole[at : at + 1000] for at in range(0, len(whole), 1000))
    assert b"".join(opened(private, SIGNER, chunks)) == content
    header = read_header(whole[:MOST_HEADER])
    assert (header.kind, header.made_us, header.key) == ("register", MADE, key_name(public))


def test_what_is_cut_or_changed_anywhere_is_refused() -> None:
    private, public = new_intake_key()
    whole = backup(public, os.urandom(3 * PIECE))
    segments = len(whole) - 3 * (PIECE + 16)
    broken = [whole[: segments + one * (PIECE + 16)] for one in (0, 1, 2)]
    broken += [whole[:-1], whole + b"x", b"", whole[:9]]
    for at in (0, 9, 30, segments - 3, segments + 5, len(whole) - 1):
        broken.append(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    for one in broken:
        with pytest.raises(BackupDamaged):
            b"".join(opened(private, SIGNER, [one]))


def test_another_recovery_key_and_another_register_are_refused() -> None:
    private, public = new_intake_key()
    other, _ = new_intake_key()
    whole = backup(public, b"content")
    with pytest.raises(BackupDamaged, match="not for this one"):
        b"".join(opened(other, SIGNER, [whole]))
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(BackupDamaged, match="not made by this register"):
        b"".join(opened(private, stranger, [whole]))


def test_a_pack_gives_its_entries_and_refuses_an_early_end() -> None:
    entries = [("a", [b"one", b"", b"two"]), ("empty", list[bytes]()), ("b", [bytes(70_000)])]
    whole = b"".join(packed(entries))
    read = {name: b"".join(chunks) for name, chunks in unpacked([whole])}
    assert read == {"a": b"onetwo", "empty": b"", "b": bytes(70_000)}
    for cut in (0, 1, 5, len(whole) - 1):
        with pytest.raises(PackDamaged):
            list(unpacked([whole[:cut]]))
    with pytest.raises(PackDamaged):
        list(unpacked([whole, b"more"]))
