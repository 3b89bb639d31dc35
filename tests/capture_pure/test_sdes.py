"""Keys in descriptions: what senders write is read or left alone, and never printed."""

import base64
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaiti.capture import sdes, sdp
from vaiti.capture.sdes import Crypto
from vaiti.capture.session.media import Streams

KEY = bytes(range(30))
INLINE = base64.b64encode(KEY).decode()
GCM = base64.b64encode(bytes(28)).decode()
HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"


@pytest.mark.parametrize(
    "value",
    [
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^31",
        f"1  aes_cm_128_hmac_sha1_80  INLINE:{INLINE}|1048576",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=0 WSH=64",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} FEC_ORDER=FEC_SRTP",
    ],
)
def test_a_key_is_read(value: str) -> None:
    assert sdes.read(value) == Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY)


@pytest.mark.parametrize(
    "value",
    [
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE};inline:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4;inline:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4;inline:{INLINE}|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4;inline:{INLINE}|2:1",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|256:1",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:0",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:129",
        "1 AES_CM_128_HMAC_SHA1_80 " + ";".join(f"inline:{INLINE}|{n}:1" for n in range(5)),
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNAUTHENTICATED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=1",
        f"1 AES_256_CM_HMAC_SHA1_80 inline:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{GCM}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|0",
        "1 AES_CM_128_HMAC_SHA1_80 inline:x",
        "1 AES_CM_128_HMAC_SHA1_80",
        "",
    ],
)
def test_what_cannot_be_opened_is_no_key(value: str) -> None:
    assert sdes.read(value) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (
            f"1 AES_256_CM_HMAC_SHA1_80 inline:{base64.b64encode(bytes(46)).decode()}",
            "suite_unknown",
        ),
        (f"1 F8_128_HMAC_SHA1_80 inline:{INLINE}", "suite_unknown"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE};inline:{INLINE}", "keys_unmarked"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTP", "parameter_unknown"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=8", "parameter_unknown"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{GCM}", "key_unreadable"),
        ("1", "key_unreadable"),
    ],
)
def test_what_keeps_a_key_from_being_used_is_named(value: str, name: str) -> None:
    media = "m=audio 4000 RTP/SAVP 8\r\na=label:1\r\na=sendonly\r\n"
    offer = f"{HEAD}{media}a=crypto:{value}\r\n"
    read = sdp.parse(offer.encode(), sdes.ALLOWED)
    assert read.acceptable == ()
    assert read.warnings == ("sdp_stream_refused", f"srtp_{name}")
    fine = (
        f"{HEAD}{media}a=crypto:{value}\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}\r\n"
    )
    assert sdp.parse(fine.encode(), sdes.ALLOWED).warnings == ()


@pytest.mark.parametrize(
    ("said", "packets"),
    [("", 1 << 48), ("|2^20", 1 << 20), ("|710000", 710_000), ("|2^99|1:4", 1 << 48)],
)
def test_how_long_a_key_lives_is_read_and_makes_no_other_key(said: str, packets: int) -> None:
    found = sdes.read(f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}{said}")
    assert found is not None
    assert found.lives == (packets,)
    assert found == replace(found, lives=(1,)), "the counters go on where only that was changed"


@pytest.mark.parametrize("life", ["", "|2^20", "|1048576"])
def test_keys_that_each_packet_names_are_read_with_their_marks(life: str) -> None:
    other = base64.b64encode(KEY[::-1]).decode()
    value = f"7 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}{life}|1:4;inline:{other}{life}|258:4"
    found = sdes.read(value)
    marked = ((b"\0\0\0\1", KEY), (b"\0\0\1\2", KEY[::-1]))
    assert found == Crypto(7, "AES_CM_128_HMAC_SHA1_80", KEY, marked)
    assert INLINE not in repr(found)


def test_our_own_key_has_no_mark() -> None:
    streams = Streams("192.0.2.1", 7, sdes.REQUIRED)
    value = f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^20|1:4"
    streams.take_on(sdp.parse(offered("RTP/SAVP", value), sdes.REQUIRED))
    streams.ports[0] = 30_000
    [ours] = re.findall(r"a=crypto:(.*)\r", streams.describe().decode())
    assert re.fullmatch(r"1 AES_CM_128_HMAC_SHA1_80 inline:[A-Za-z0-9+/]{40}", ours)


def test_the_first_key_that_can_be_opened_is_chosen() -> None:
    offered = [
        f"1 AES_256_CM_HMAC_SHA1_80 inline:{INLINE}",
        f"2 AEAD_AES_128_GCM inline:{GCM}",
        f"3 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}",
    ]
    assert sdes.choose(offered) == Crypto(2, "AEAD_AES_128_GCM", bytes(28))


@given(st.text(max_size=200))
def test_any_text_is_a_key_or_none(value: str) -> None:
    found = sdes.read(value)
    assert found is None or len(found.key) == sdes.SUITES[found.suite]


@given(
    st.sampled_from(sorted(sdes.SUITES)).flatmap(
        lambda suite: st.builds(
            Crypto,
            st.integers(0, 999_999_999),
            st.just(suite),
            st.binary(min_size=sdes.SUITES[suite], max_size=sdes.SUITES[suite]),
        )
    )
)
def test_what_is_written_is_read_again_and_prints_no_key(crypto: Crypto) -> None:
    assert sdes.read(crypto.line().removeprefix("crypto:")) == crypto
    assert repr(crypto) == f"Crypto(tag={crypto.tag}, suite={crypto.suite!r})"


def offered(profile: str, *keys: str) -> bytes:
    lines = "".join(f"a=crypto:{key}\r\n" for key in keys)
    return f"{HEAD}m=audio 6000 {profile} 8\r\na=sendonly\r\na=label:1\r\n{lines}".encode()


USUAL = f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}"


@pytest.mark.parametrize(
    ("offer", "taken"),
    [
        (offered("RTP/AVP"), {"refused", "allowed"}),
        (offered("RTP/SAVP", USUAL), {"allowed", "required"}),
        (offered("RTP/SAVPF", USUAL), {"allowed", "required"}),
        (offered("RTP/AVP", USUAL), {"refused", "allowed", "required"}),
        (offered("RTP/SAVP"), set()),
        (offered("RTP/SAVP", "1 AES_256_CM_HMAC_SHA1_80 inline:x"), set()),
        (offered("UDP/TLS/RTP/SAVP", USUAL), set()),
    ],
    ids=["plain", "savp", "savpf", "both", "no key", "foreign suite", "dtls"],
)
def test_the_peers_rule_decides_which_streams_are_taken(offer: bytes, taken: set[str]) -> None:
    assert {rule for rule in sdes.RULES if sdp.parse(offer, rule).acceptable} == taken


def test_the_answer_names_a_key_of_ours_with_the_tag_and_suite_of_the_offer() -> None:
    offer = sdp.parse(offered("RTP/SAVP", USUAL), sdes.REQUIRED)
    ours = sdp.Ours("192.0.2.1", 7, {0: 30_000}, {0: Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY)})
    assert sdp.answer(offer, ours, 1).decode().splitlines()[5:] == [
        "m=audio 30000 RTP/SAVP 8",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}",
        "a=rtpmap:8 PCMA/8000",
        "a=recvonly",
        "a=label:1",
    ]
    assert INLINE not in repr(offer) + repr(ours)
