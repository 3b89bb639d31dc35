"""Signed orders: what is written is read again, and nothing else is."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from capture_pure.scripted import LINE, NOW, orders
from vaiti.capture.orders import Line, Orders, OrdersRefused, Peer
from vaiti.capture.signed_orders import encode, read, sign

SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()


def test_orders_are_read_as_they_were_signed() -> None:
    given_orders = orders([Line(LINE, recorded=True), Line("service", inbound=False)])
    assert read(sign(given_orders, SEED), PUBLIC, NOW) == given_orders


def test_orders_signed_by_another_key_are_refused() -> None:
    with pytest.raises(OrdersRefused, match="not signed by this recorder's orders key"):
        read(sign(orders(), bytes(32)), PUBLIC, NOW)


def test_expired_orders_are_refused() -> None:
    data = sign(orders(), SEED)
    with pytest.raises(OrdersRefused, match="expired"):
        read(data, PUBLIC, NOW + 100_000)


def test_orders_older_than_those_followed_are_refused_and_the_same_are_not() -> None:
    followed = orders()
    older = replace(followed, issued_us=followed.issued_us - 1)
    with pytest.raises(OrdersRefused, match="older than those followed"):
        read(sign(older, SEED), PUBLIC, NOW, followed)
    assert read(sign(followed, SEED), PUBLIC, NOW, followed) == followed
    assert read(sign(followed, SEED), PUBLIC, NOW, older) == followed


def test_every_changed_byte_of_the_body_is_noticed() -> None:
    outer = json.loads(sign(orders(), SEED))
    body = bytearray(base64.b64decode(outer["body"]))
    for index in range(0, len(body), 7):
        changed = bytes([*body[:index], body[index] ^ 1, *body[index + 1 :]])
        outer["body"] = base64.b64encode(changed).decode()
        with pytest.raises(OrdersRefused):
            read(json.dumps(outer).encode(), PUBLIC, NOW)


def peer(**changes: object) -> Orders:
    made = Peer(**{"name": "sbc", "addresses": ("192.0.2.0/24",), **changes})  # type: ignore[arg-type]
    return replace(orders(), peers=(made,))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: peer(addresses=("192.0.2.1/24",)), "network such as"),
        (lambda: peer(transports=("sctp",)), "transports are udp, tcp and tls"),
        (lambda: peer(transports=("tls",)), "lists its certificates"),
        (lambda: peer(certificates=("sha256:12",)), "64 hexadecimals"),
        (lambda: peer(certificates=("Sbc.Example",)), "names in small letters"),
        (lambda: peer(certificates=("a",) * 17), "at most 16"),
        (lambda: peer(start_on="ringing"), "answered, associated, state, media or event"),
        (lambda: peer(silence_s=0), "between 1 and 86400"),
        (lambda: peer(refuse_code=200), "between 400 and 699"),
        (lambda: peer(agent_pattern="("), "not a regular expression"),
        (lambda: peer(agent_pattern="(a+)+$"), "could take very long"),
        (lambda: peer(line_from=("guess",)), "carriers"),
        (lambda: peer(name="line\nbreak"), "name"),
        (lambda: replace(orders(), zone_country="fi"), "two capital letters"),
        (lambda: replace(orders(), lines=(Line(""),)), "1 to 64 characters"),
        (lambda: replace(orders(), expires_us=-1), "whole microseconds"),
    ],
)
def test_orders_that_no_recorder_follows_are_never_written(
    wrong: Callable[[], Orders], sentence: str
) -> None:
    with pytest.raises(OrdersRefused, match=sentence):
        sign(wrong(), SEED)


def signed(body: bytes) -> bytes:
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(body)
    both = {"body": body, "signature": signature}
    return json.dumps(
        {key: base64.b64encode(value).decode() for key, value in both.items()}
    ).encode()


def test_a_field_that_this_recorder_does_not_know_is_refused() -> None:
    body = json.loads(encode(orders())) | {"surprise": 1}
    with pytest.raises(OrdersRefused, match="does not know"):
        read(signed(json.dumps(body).encode()), PUBLIC, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(json.loads(encode(orders())))), JSON)
def test_a_signed_body_of_any_shape_is_read_or_refused(field: str, value: object) -> None:
    body = json.loads(encode(orders())) | {field: value}
    try:
        read(signed(json.dumps(body).encode()), PUBLIC, NOW)
    except OrdersRefused as refused:
        assert str(refused)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_a_file_of_any_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(OrdersRefused):
        read(data, PUBLIC, NOW)
