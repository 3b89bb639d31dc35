"""Opening sealed objects: Tink's library as an independent writer, and every fault refused."""

import io

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from vaiti.values.ids import CallId, new_call_id
from vaiti.vault.opening import Opener, Tampered, place
from vaiti.vault.sealing import (
    CAPACITY,
    FIRST_CAPACITY,
    HEADER,
    SEGMENT,
    Sealer,
    associated_data,
)

KEY = bytes(range(32))
CALL = CallId("0123456789abcdef" * 2)
FIRST, OTHER = FIRST_CAPACITY - 2, CAPACITY - 2
SIZES = [0, 1, 4037, FIRST - 1, FIRST, FIRST + 1, FIRST + 2, FIRST + 3]
SIZES += [FIRST + OTHER - 1, FIRST + OTHER, FIRST + OTHER + 1, FIRST + 3 * OTHER, 40_000]


def pieces(content: bytes) -> list[bytes]:
    """The bytes in use of each segment, as full as they go; always at least one."""
    cut = [content[:FIRST]]
    cut += [content[at : at + OTHER] for at in range(FIRST, len(content), OTHER)]
    return cut


def framed(piece: bytes) -> bytes:
    return len(piece).to_bytes(2, "big") + piece


def sealed_by_tink(content: bytes, call_id: CallId = CALL) -> bytes:
    streaming_aead.register()
    parameters = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0, key_value=KEY, params=parameters
    )
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=key.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry]).SerializeToString()
    handle = tink.proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
    primitive = handle.primitive(streaming_aead.StreamingAead)
    target = io.BytesIO()
    kept = target.close
    target.close = lambda: None  # type: ignore[method-assign]
    with primitive.new_encrypting_stream(target, associated_data(call_id)) as stream:
        stream.write(b"".join(map(framed, pieces(content))))
    written = target.getvalue()
    kept()
    return written


def sealed_by_us(content: bytes, call_id: CallId = CALL) -> bytes:
    sealer = Sealer(KEY, call_id)
    *full, last = pieces(content)
    segments = [sealer.seal(framed(piece)) for piece in full]
    return b"".join([sealer.header, *segments, sealer.finish(framed(last))])


def opened(
    sealed: bytes, call_id: CallId = CALL, finished: bool = True, count: int | None = None
) -> bytes:
    if count is None:
        count = max(1, -(-len(sealed) // SEGMENT))
    opener = Opener(KEY, call_id, sealed[:HEADER], finished, count)
    segments = []
    for index in range(count):
        start, size = place(index)
        segments.append(opener.plaintext(index, sealed[start : start + size]))
    return b"".join(segments)


def content_of(size: int) -> bytes:
    return bytes(number * 7 & 0xFF for number in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_what_an_independent_implementation_sealed_is_opened(size: int) -> None:
    assert opened(sealed_by_tink(content_of(size))) == content_of(size)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_here_is_opened(size: int) -> None:
    assert opened(sealed_by_us(content_of(size))) == content_of(size)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30_000))
def test_any_size_is_opened_from_either_writer(size: int) -> None:
    content = content_of(size)
    assert opened(sealed_by_tink(content)) == opened(sealed_by_us(content)) == content


def test_segments_sealed_half_empty_give_the_bytes_in_use() -> None:
    sealer = Sealer(KEY, CALL)
    parts = [sealer.header, sealer.seal(framed(b"one")), sealer.seal(framed(b""))]
    parts.append(sealer.finish(framed(b"two")))
    assert opened(b"".join(parts)) == b"onetwo"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_n04_one_flipped_bit_anywhere_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(sealed_by_us(content_of(9000)))
    place_of_bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place_of_bit // 8] ^= 1 << place_of_bit % 8
    with pytest.raises(Tampered):
        opened(bytes(sealed))


def test_n04_a_cut_object_is_refused_wherever_it_is_cut() -> None:
    sealed = sealed_by_us(content_of(9000))
    for end in (*range(HEADER + 1), SEGMENT, SEGMENT + 1, 2 * SEGMENT, len(sealed) - 1):
        with pytest.raises(Tampered):
            opened(sealed[:end])


def test_n04_a_missing_last_segment_is_refused_unless_the_manifest_declares_it() -> None:
    sealed = sealed_by_us(content_of(9000))[: 2 * SEGMENT]
    with pytest.raises(Tampered):
        opened(sealed)
    assert opened(sealed, finished=False) == content_of(9000)[: FIRST + OTHER]


def test_n04_a_last_segment_in_an_object_declared_unfinished_is_refused() -> None:
    with pytest.raises(Tampered):
        opened(sealed_by_us(content_of(9000)), finished=False)


def test_n04_bytes_added_to_the_end_are_refused() -> None:
    sealed = sealed_by_us(content_of(9000))
    with pytest.raises(Tampered):
        opened(sealed + b"\0")


def test_n04_reordered_and_repeated_segments_are_refused() -> None:
    sealed = sealed_by_us(content_of(20_000))
    head, second, third = sealed[:SEGMENT], sealed[SEGMENT : 2 * SEGMENT], sealed[8192:12_288]
    for middle in (third + second, second + second):
        with pytest.raises(Tampered):
            opened(head + middle + sealed[12_288:])


def test_n04_segments_of_another_call_are_refused() -> None:
    mine, other = sealed_by_us(content_of(9000)), sealed_by_us(content_of(9000), new_call_id())
    with pytest.raises(Tampered):
        opened(mine[:SEGMENT] + other[SEGMENT : 2 * SEGMENT] + mine[2 * SEGMENT :])
    with pytest.raises(Tampered):
        opened(other)


def test_n04_segments_of_another_recording_of_the_same_call_are_refused() -> None:
    mine, other = sealed_by_us(content_of(9000)), sealed_by_us(content_of(9000))
    with pytest.raises(Tampered):
        opened(mine[:SEGMENT] + other[SEGMENT : 2 * SEGMENT] + mine[2 * SEGMENT :])


def test_a_count_larger_than_its_segment_is_refused() -> None:
    sealer = Sealer(KEY, CALL)
    last = sealer.finish(b"\x00\x05four")
    with pytest.raises(Tampered, match="more bytes"):
        opened(sealer.header + last)


def test_a_segment_past_the_last_does_not_exist() -> None:
    sealed = sealed_by_us(b"speech")
    opener = Opener(KEY, CALL, sealed[:HEADER], True, 1)
    for index in (-1, 1):
        with pytest.raises(IndexError):
            opener.plaintext(index, sealed[HEADER:])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(Tampered):
        opened(data)
    with pytest.raises(Tampered):
        Opener(KEY, CALL, bytes([HEADER]) + bytes(39), True, 1).plaintext(0, data)
