"""The sealed object, opened by Google's implementation of the format."""

import hashlib
import io

import pytest
import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from vaiti.values.ids import CallId, new_call_id
from vaiti.vault.sealing import (
    CAPACITY,
    FIRST_CAPACITY,
    HEADER,
    SEGMENT,
    Sealer,
    associated_data,
)

KEY = bytes(range(32))


def open_with_tink(sealed: bytes, call_id: CallId, key: bytes = KEY) -> bytes:
    streaming_aead.register()
    spec = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        key_value=key,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=SEGMENT,
            derived_key_size=32,
            hkdf_hash_type=common_pb2.SHA256,
        ),
    )
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=spec.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry])
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    primitive = handle.primitive(streaming_aead.StreamingAead)
    with primitive.new_decrypting_stream(io.BytesIO(sealed), associated_data(call_id)) as stream:
        opened: bytes = stream.read()
    return opened


def seal_whole(plaintext: bytes, call_id: CallId) -> tuple[bytes, Sealer]:
    sealer = Sealer(KEY, call_id)
    parts = [sealer.header]
    while len(plaintext) > sealer.capacity:
        room = sealer.capacity
        parts.append(sealer.seal(plaintext[:room]))
        plaintext = plaintext[room:]
    parts.append(sealer.finish(plaintext))
    return b"".join(parts), sealer


@pytest.mark.parametrize(
    "size",
    [
        2,
        FIRST_CAPACITY - 1,
        FIRST_CAPACITY,
        FIRST_CAPACITY + 1,
        FIRST_CAPACITY + CAPACITY - 1,
        FIRST_CAPACITY + CAPACITY,
        FIRST_CAPACITY + CAPACITY + 1,
        FIRST_CAPACITY + 20 * CAPACITY + 7,
    ],
)
def test_an_independent_implementation_opens_what_was_sealed(size: int) -> None:
    call_id = new_call_id()
    plaintext = bytes(i * 7 & 0xFF for i in range(size))
    sealed, sealer = seal_whole(plaintext, call_id)
    assert open_with_tink(sealed, call_id) == plaintext
    assert sealer.sha256 == hashlib.sha256(sealed).hexdigest()
    assert sealed[0] == HEADER


def test_short_segments_are_padded_so_that_the_object_stays_in_the_format() -> None:
    call_id = new_call_id()
    sealer = Sealer(KEY, call_id)
    sealed = sealer.header + sealer.seal(b"one") + sealer.seal(b"two") + sealer.finish(b"end")
    assert len(sealed) == 2 * SEGMENT + 3 + 16
    expected = b"one".ljust(FIRST_CAPACITY, b"\0") + b"two".ljust(CAPACITY, b"\0") + b"end"
    assert open_with_tink(sealed, call_id) == expected


def test_an_unfinished_object_is_refused_by_the_independent_implementation() -> None:
    call_id = new_call_id()
    sealer = Sealer(KEY, call_id)
    sealed = sealer.header + sealer.seal(b"one") + sealer.seal(b"two")
    with pytest.raises(tink.TinkError):
        open_with_tink(sealed, call_id)


def test_an_object_does_not_open_as_another_calls() -> None:
    sealed, _ = seal_whole(b"speech", new_call_id())
    with pytest.raises(tink.TinkError):
        open_with_tink(sealed, new_call_id())


def test_a_cut_tail_leaves_an_object_that_ends_where_nothing_was_counted_in() -> None:
    call_id = new_call_id()
    sealer = Sealer(KEY, call_id)
    kept = sealer.header + sealer.seal(b"kept")
    sealer.seal_ahead(b"first half kept, second half cut".ljust(CAPACITY, b"\0"))
    sealer.seal_ahead(bytes(CAPACITY))
    sealed = kept + sealer.finish(b"first half kept")
    assert open_with_tink(sealed, call_id) == b"kept".ljust(FIRST_CAPACITY, b"\0") + (
        b"first half kept"
    )
    assert sealer.count == 2
    assert sealer.sha256 == hashlib.sha256(sealed).hexdigest()


def test_nothing_can_be_sealed_after_the_last_segment() -> None:
    sealer = Sealer(KEY, new_call_id())
    sealer.finish(b"end")
    with pytest.raises(RuntimeError, match="finished"):
        sealer.seal(b"more")


def test_what_is_sealed_ahead_is_as_long_as_a_segment() -> None:
    sealer = Sealer(KEY, new_call_id())
    for wrong in (b"", bytes(CAPACITY), bytes(FIRST_CAPACITY - 1)):
        with pytest.raises(ValueError, match="as long as a segment"):
            sealer.seal_ahead(wrong)
    first = sealer.seal_ahead(bytes(FIRST_CAPACITY))
    sealer.count_in(first)
    assert sealer.sha256 == hashlib.sha256(sealer.header + first).hexdigest()


def test_a_plaintext_larger_than_a_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than a segment"):
        Sealer(KEY, new_call_id()).seal(bytes(FIRST_CAPACITY + 1))


def test_two_objects_of_one_key_share_neither_salt_nor_bytes() -> None:
    call_id = new_call_id()
    first, second = Sealer(KEY, call_id), Sealer(KEY, call_id)
    assert first.header != second.header
    assert first.seal(b"same") != second.seal(b"same")
