"""What a token of the Finnish Trust Network must be, and what it may be that is refused.

Tokens are signed and encrypted here by hand, with no code of what reads them.
"""

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from cast import NOW
from vaiti.people.idtoken import Claims, TokenRefused
from vaiti.people.own_keys import KeyUnfit, OwnKeys, own_keys
from vaiti.people.providers import Provider
from vaiti.people.signed_asking import signed_keys, statement
from vaiti.people.trust_network import LEVELS, TEST_LEVELS, Network, check, enough, vouched_keys
from web.house import b64, jwk, signed

SUBSTANTIAL, HIGH = LEVELS
HETU, CODE = "urn:oid:1.2.246.21", "070770-905D"
BANK = Provider("identity", "Bank", "https://bank.example", "vaiti", "none")
THEIRS, STRANGER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
AT = int(NOW.timestamp())
WAYS = ("RS256", "A128GCM")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=4), one, max_size=3),
    max_leaves=6,
)


def pem(key: Any) -> bytes:  # noqa: ANN401 - a private key
    kept: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return kept


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """`sign`, `open`, `older`, `vouch` or a stranger's."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ours() -> OwnKeys:
    """The second of those that open is the one that was replaced."""
    kept = {one: pem(key(one)) for one in ("sign", "open", "older", "vouch")}
    return own_keys(WAYS, [kept["sign"]], [kept["open"], kept["older"]], kept["vouch"])


def sealed(inside: str | bytes, to: str = "open", **head: str) -> str:
    """Encrypted as RFC 7516 has it: RSA-OAEP and A128GCM."""
    protected = b64(json.dumps({"alg": "RSA-OAEP", "enc": "A128GCM", **head}).encode())
    once, iv = AESGCM.generate_key(128), os.urandom(12)
    mgf = padding.MGF1(hashes.SHA1())
    wrapped = key(to).public_key().encrypt(once, padding.OAEP(mgf, hashes.SHA1(), None))
    raw = inside.encode() if isinstance(inside, str) else inside
    text = AESGCM(once).encrypt(iv, raw, protected.encode())
    return ".".join([protected, *map(b64, (wrapped, iv, text[:-16], text[-16:]))])


def said(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    usual = {"iss": BANK.issuer, "aud": "vaiti", "sub": "s", "nonce": "n", "iat": AT}
    usual |= {"exp": AT + 60, "acr": SUBSTANTIAL, "name": "Väinö Tunnistus"}
    return {name: one for name, one in {**usual, **more}.items() if one is not None}


def right(**more: Any) -> str:  # noqa: ANN401 - JSON
    return signed(THEIRS, "1", said(**more))


def read(token: str, own: OwnKeys | None = None) -> Claims:
    return check(token, {"keys": [jwk(THEIRS, "1")]}, BANK, "n", NOW, own=own or ours())


def test_n42_a_name_and_a_level_are_taken_and_no_identity_code() -> None:
    claims = read(sealed(right(**{HETU: CODE})))
    assert (claims.name, claims.level) == ("Väinö Tunnistus", SUBSTANTIAL)
    everything = [getattr(claims, name) for name in Claims.__slots__]
    assert CODE not in repr(everything)
    assert "Väinö" not in repr(claims)


@pytest.mark.parametrize(
    "more",
    [
        {"urn:oid:2.16.840.1.113730.3.1.241": "Aino Virtanen"},
        {"urn:oid:1.2.246.575.1.14": "Aino", "urn:oid:2.5.4.4": "Virtanen"},
        {"given_name": " Aino", "family_name": "Virtanen "},
    ],
    ids=["whole", "in-parts", "as-the-standard"],
)
def test_the_name_is_found_where_the_network_has_it(more: dict[str, str]) -> None:
    assert read(sealed(right(name=None, **more))).name == "Aino Virtanen"


def test_the_key_that_was_replaced_still_opens_and_one_that_is_gone_does_not() -> None:
    token = sealed(right(), "older", kid="of their own naming")
    assert read(token).level == SUBSTANTIAL
    without = own_keys(WAYS, [pem(key("sign"))], [pem(key("open"))], None)
    with pytest.raises(TokenRefused, match="key of ours"):
        read(token, without)
    assert len(ours().shown()["keys"]) == 2, "one signs; the other is the newer of those that open"


def unsigned() -> str:
    return f"{b64(json.dumps({'alg': 'none'}).encode())}.{b64(json.dumps(said()).encode())}."


def by_a_shared_secret() -> str:
    """Signed with the provider's public key as if it were a secret."""
    head = b64(json.dumps({"alg": "HS256", "kid": "1"}).encode())
    text = f"{head}.{b64(json.dumps(said()).encode())}"
    secret = json.dumps(jwk(THEIRS, "1")).encode()
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "unsigned": (lambda: sealed(unsigned()), "signature"),
    "a-shared-secret": (lambda: sealed(by_a_shared_secret()), "signature"),
    "a-stranger's-key": (lambda: sealed(signed(STRANGER, "1", said())), "signature"),
    "an-unknown-key": (lambda: sealed(signed(THEIRS, "2", said())), "signature"),
    "not-encrypted": (right, "not encrypted"),
    "encrypted-for-another": (lambda: sealed(right(), "vouch"), "key of ours"),
    "encrypted-alone": (lambda: sealed(json.dumps(said())), "not signed"),
    "encrypted-twice": (lambda: sealed(sealed(right())), "not signed"),
    "compressed": (lambda: sealed(right(), zip="DEF"), "key of ours"),
    "by-an-old-algorithm": (lambda: sealed(right(), alg="RSA1_5"), "key of ours"),
    "by-a-shared-key": (lambda: sealed(right(), alg="dir"), "key of ours"),
    "what-is-critical-unknown": (lambda: sealed(right(), crit="x"), "key of ours"),
    "too-long": (lambda: "x" * 70_000, "too long"),
    "no-text": (lambda: "ä.b.c.d.e", "no text"),
}
CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "no-level": ({"acr": None}, "acr"),
    "a-level-that-is-no-text": ({"acr": [SUBSTANTIAL]}, "acr"),
    "no-name": ({"name": None, "given_name": "Aino"}, "name"),
    "another-audience": ({"aud": "another"}, "aud"),
    "many-audiences": ({"aud": ["vaiti", "another"]}, "azp"),
    "for-another-party": ({"azp": "another"}, "azp"),
    "another-issuer": ({"iss": "https://bank.example/"}, "iss"),
    "another-sign-in": ({"nonce": "m"}, "nonce"),
    "no-nonce": ({"nonce": None}, "nonce"),
    "a-nonce-that-is-no-text": ({"nonce": "\ud800"}, "nonce"),
    "over": ({"exp": AT - 61}, "exp"),
    "never-over": ({"exp": None}, "exp"),
    "of-tomorrow": ({"iat": AT + 61}, "iat"),
    "of-an-hour-ago": ({"iat": AT - 3600}, "iat"),
    "of-nobody": ({"sub": ""}, "sub"),
    "of-a-strange-name": ({"sub": "s\0"}, "sub"),
}


@pytest.mark.parametrize(("token", "why"), REFUSED.values(), ids=REFUSED)
def test_a_token_that_is_not_both_is_refused(token: Callable[[], str], why: str) -> None:
    with pytest.raises(TokenRefused, match=why):
        read(token())


@pytest.mark.parametrize(("more", "why"), CLAIMS.values(), ids=CLAIMS)
def test_a_token_that_says_what_it_should_not_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(TokenRefused, match=why):
        read(sealed(right(**more)))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*said(), "amr", "azp", "auth_time"]), JSON), st.binary())
def test_whatever_is_signed_and_encrypted_is_read_or_refused(
    more: dict[str, Any], cut: bytes
) -> None:
    for inside in (signed(THEIRS, "1", {**said(), **more}), cut):
        try:
            assert read(sealed(inside)).level
        except TokenRefused as error:
            assert str(error)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), st.binary(max_size=40) | JSON.map(lambda one: json.dumps(one).encode()))
def test_a_damaged_token_is_refused_in_words(place: int, instead: bytes) -> None:
    whole = sealed(right())
    parts = whole.split(".")
    for one in (b64(instead), instead.decode("latin-1")):
        damaged = ".".join([*parts[:place], one, *parts[place + 1 :]])
        if damaged != whole:
            with pytest.raises(TokenRefused, match=r"\w"):
                read(damaged)


def test_what_is_nested_without_end_is_refused() -> None:
    deep = b64(b'{"a":' * 9000)
    for token in (f"{deep}.a.b.c.d", sealed(f"{deep}.{deep}.a")):
        with pytest.raises(TokenRefused):
            read(token)


def test_the_levels_that_suffice_are_those_asked_for_and_what_is_stronger() -> None:
    assert enough((), test=False) == (SUBSTANTIAL, HIGH)
    assert enough((SUBSTANTIAL,), test=False) == (SUBSTANTIAL, HIGH)
    assert enough((HIGH,), test=False) == (HIGH,)
    assert enough((), test=True) == TEST_LEVELS


def test_a_key_that_is_unfit_is_refused() -> None:
    good, theirs = pem(key("open")), pem(THEIRS)
    short, other = rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP384R1())
    elliptic = ("ES256", "A128GCM")
    for ways, sign, why in (
        (WAYS, pem(short), "1024 bits"),
        (WAYS, b"-----BEGIN", "PEM"),
        (WAYS, theirs, "RSA"),
        (WAYS, good, "twice"),
        (elliptic, pem(key("sign")), "P-256"),
        (elliptic, pem(other), "P-256"),
    ):
        with pytest.raises(KeyUnfit, match=why):
            own_keys(ways, [sign], [good], None)
    assert own_keys(elliptic, [theirs], [good], None).signing[0].alg == "ES256"


def test_the_providers_keys_are_taken_only_from_whoever_it_vouched_with() -> None:
    them = {"iss": "https://bank.example", "sub": "https://bank.example"}
    them |= {"iat": AT, "exp": AT + 60, "keys": [jwk(THEIRS, "1")]}
    known = Network(ours(), {"fi": "x"}, "issuer", "https://b", {"keys": [jwk(STRANGER, "e")]})
    assert vouched_keys(signed(STRANGER, "e", them), known, NOW)["keys"][0]["kid"] == "1"
    wrong = {
        "signature": signed(THEIRS, "e", them),
        "exp": signed(STRANGER, "e", {**them, "exp": AT - 61}),
        "one's own": signed(STRANGER, "e", {**them, "sub": "https://another.example"}),
        "no keys": signed(STRANGER, "e", {**them, "keys": "x"}),
    }
    for why, token in wrong.items():
        with pytest.raises(TokenRefused, match=why):
            vouched_keys(token, known, NOW)


def test_what_we_say_of_our_keys_is_vouched_for_and_has_no_private_half() -> None:
    us = "https://calls.posti.example"
    for text in (signed_keys(ours(), us, NOW), statement(ours(), us, {"jwks_uri": us}, NOW)):
        head, body = (json.loads(_unpadded(one)) for one in text.split(".")[:2])
        mark = _unpadded(text.rpartition(".")[2])
        signed_text = text.rpartition(".")[0].encode()
        key("vouch").public_key().verify(mark, signed_text, padding.PKCS1v15(), hashes.SHA256())
        assert (head["alg"], body["iss"], body["sub"]) == ("RS256", us, us)
        assert body["exp"] - body["iat"] == timedelta(hours=25).total_seconds()
        assert not {"d", "p", "q"} & set().union(*(body.get("keys") or body["jwks"]["keys"]))


def _unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
