"""HPKE wrapping: opens for the right key and call, for nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.values.ids import new_call_id
from vaiti.vault.wrapping import (
    WRAPPED_SIZE,
    ManifestSealer,
    WrappingError,
    new_intake_key,
    open_key,
    open_manifest,
    seal_key,
    seal_manifest,
)


def test_a_data_key_opens_under_the_intake_key_it_was_sealed_to() -> None:
    private, public = new_intake_key()
    call, key = new_call_id(), bytes(range(32))
    wrapped = seal_key(public, call, key)
    assert len(wrapped) == WRAPPED_SIZE
    assert key not in wrapped
    assert open_key(private, call, wrapped) == key


def test_a_data_key_does_not_open_for_another_call_or_key_or_as_a_manifest() -> None:
    private, public = new_intake_key()
    call = new_call_id()
    wrapped = seal_key(public, call, bytes(32))
    with pytest.raises(WrappingError):
        open_key(private, new_call_id(), wrapped)
    with pytest.raises(WrappingError):
        open_key(new_intake_key()[0], call, wrapped)
    with pytest.raises(WrappingError):
        open_manifest(private, call, wrapped)


def test_a_manifest_is_not_taken_for_a_data_key() -> None:
    private, public = new_intake_key()
    call = new_call_id()
    with pytest.raises(WrappingError):
        open_key(private, call, seal_manifest(public, call, bytes(32)))


def test_a_data_key_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_key(new_intake_key()[1], new_call_id(), bytes(16))


@settings(max_examples=50)
@given(text=st.binary(max_size=3000), position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_changed_bit_of_a_sealed_manifest_goes_unseen(
    text: bytes, position: int, bit: int
) -> None:
    private, public = new_intake_key()
    call = new_call_id()
    sealed = bytearray(seal_manifest(public, call, text))
    assert open_manifest(private, call, bytes(sealed)) == text
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(WrappingError):
        open_manifest(private, call, bytes(sealed))


def test_manifests_of_one_call_are_sealed_once_to_the_public_key_and_each_by_itself() -> None:
    (private, public), call, key = new_intake_key(), new_call_id(), bytes(range(32))
    wrapped = seal_key(public, call, key)
    sealer = ManifestSealer(call, key, wrapped)
    draft, again, last = sealer.seal(b"draft"), sealer.seal(b"draft"), sealer.seal(b"complete")
    assert {one[:WRAPPED_SIZE] for one in (draft, again, last)} == {wrapped}
    assert draft != again
    assert [open_manifest(private, call, one) for one in (draft, last)] == [b"draft", b"complete"]
    mixed = seal_key(public, call, bytes(32)) + draft[WRAPPED_SIZE:]
    for wrong in (mixed, wrapped, draft[:-1], draft[: WRAPPED_SIZE + 5]):
        with pytest.raises(WrappingError):
            open_manifest(private, call, wrong)
    with pytest.raises(WrappingError):
        open_manifest(private, new_call_id(), draft)


def test_a_manifest_in_an_older_journal_is_read_as_long_as_its_day_s_key_lives() -> None:
    """Until 29 November 2026 each was sealed to the public key itself."""
    (private, public), call = new_intake_key(), new_call_id()
    suite, info = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM), b"vaiti/1/manifest/"
    to = X25519PublicKey.from_public_bytes(public)
    for text in (b"{}", b'{"state":"complete"}' * 50):
        sealed = suite.encrypt(text, to, info=info + call.encode())
        assert open_manifest(private, call, sealed) == text
        for wrong in (new_call_id(), call):
            with pytest.raises(WrappingError):
                open_manifest(private, wrong, sealed[: -1 if wrong == call else None])


@given(junk=st.binary(max_size=100))
@settings(max_examples=50)
def test_anything_but_sealed_bytes_raises_the_one_error(junk: bytes) -> None:
    with pytest.raises(WrappingError):
        open_key(new_intake_key()[0], new_call_id(), junk)
