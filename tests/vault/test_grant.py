"""Grants: what is signed holds for its time, and nothing else does."""

import base64
import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.values.ids import CallId
from vaiti.vault.grant import MAX_TOKEN, Grant, GrantRefused, check, claims, issue
from vault.keyworld import moved

SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
NONCE = {"nonce": "0" * 32}


def signed(fields: object) -> str:
    """A token over any JSON at all, rightly signed."""
    body = base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=")
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(body)
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_a_grant_comes_back_as_it_was_issued(grant: Grant, now: datetime) -> None:
    token = issue(SEED, grant)
    assert check(PUBLIC, token, now) == claims(token) == grant


def test_a_grant_holds_from_its_first_instant_until_before_its_last(
    grant: Grant, now: datetime
) -> None:
    token = issue(SEED, grant)
    first, last = now - timedelta(seconds=1), now + timedelta(seconds=120)
    check(PUBLIC, token, first)
    check(PUBLIC, token, last - timedelta(microseconds=1))
    for moment in (first - timedelta(microseconds=1), last, last + timedelta(days=1)):
        with pytest.raises(GrantRefused):
            check(PUBLIC, token, moment)


def test_a_grant_of_another_signer_is_refused(grant: Grant, now: datetime) -> None:
    with pytest.raises(GrantRefused, match="not signed"):
        check(PUBLIC, issue(bytes(32), grant), now)


def test_every_changed_character_is_refused(grant: Grant, now: datetime) -> None:
    token = issue(SEED, grant)
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(GrantRefused):
            check(PUBLIC, changed, now)


def test_the_signature_of_one_grant_does_not_serve_another(grant: Grant, now: datetime) -> None:
    other = issue(SEED, replace(grant, call_id=CallId("f" * 32))).split(".")[0]
    with pytest.raises(GrantRefused):
        check(PUBLIC, other + "." + issue(SEED, grant).split(".")[1], now)


@pytest.mark.parametrize(
    "change",
    [
        {"call_id": "../../etc/passwd"},
        {"call_id": 7},
        {"actor": None},
        {"from_us": True},
        {"from_us": 1.5},
        {"to_us": -1},
        {"to_us": 0},
        {"expires_us": 0},
        {"expires_us": 1 << 64},
        {"more": 1},
        {"nonce": "0"},
        {"nonce": 7},
    ],
)
def test_a_signed_grant_that_makes_no_sense_is_refused(
    grant: Grant, now: datetime, change: dict[str, Any]
) -> None:
    with pytest.raises(GrantRefused):
        check(PUBLIC, signed(asdict(grant) | NONCE | change), now)


@pytest.mark.parametrize("content", [[], "text", None, 3, {}, [["grant"]]])
def test_signed_json_of_another_shape_is_refused(now: datetime, content: object) -> None:
    with pytest.raises(GrantRefused):
        check(PUBLIC, signed(content), now)


def test_a_grant_of_more_than_an_hour_is_neither_issued_nor_accepted(
    grant: Grant, now: datetime
) -> None:
    long = replace(grant, expires_us=grant.not_before_us + 3_600_000_001)
    with pytest.raises(ValueError, match="an hour"):
        issue(SEED, long)
    with pytest.raises(GrantRefused, match="an hour"):
        check(PUBLIC, signed(asdict(long) | NONCE), now)


def test_a_grant_too_long_to_be_accepted_is_not_issued(grant: Grant) -> None:
    with pytest.raises(ValueError, match="characters"):
        issue(SEED, replace(grant, purpose="x" * MAX_TOKEN))


def test_an_early_grant_is_refused(grant: Grant, now: datetime) -> None:
    with pytest.raises(GrantRefused, match="yet"):
        check(PUBLIC, issue(SEED, moved(grant, timedelta(hours=1))), now)


@settings(max_examples=100)
@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_any_text_raises_nothing_but_the_refusal(token: str) -> None:
    for text in (token, token + "." + "A" * 86):
        with pytest.raises(GrantRefused):
            claims(text)
