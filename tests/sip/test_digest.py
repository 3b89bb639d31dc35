"""Digest: the vectors of RFC 7616, and a client of another hand (the phone's) against our side."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaiti.capture.sip import digest
from vaiti.capture.sip.digest import Login, Nonces, Outcome, challenges, judge, password_hash
from vaiti.capture.sip.message import Headers, Request, SipError, parse
from vaiti.ops.phone import digest as phone
from vaiti.ops.phone.messages import Received

NOW = 1_700_000_000.0
URI = "sip:recorder@192.0.2.9"
PASSWORD = "a long enough password"
BOTH = Login("sbc", {each: password_hash(each, "sbc", PASSWORD) for each in ("SHA-256", "MD5")})


def request(*lines: str, method: str = "INVITE") -> Request:
    head = [
        f"{method} {URI} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1",
        "From: <sip:a@b>;tag=1",
        "To: <sip:c@d>",
        "Call-ID: x",
        f"CSeq: 1 {method}",
        *lines,
    ]
    parsed = parse("\r\n".join([*head, "", ""]).encode())
    assert isinstance(parsed, Request)
    return parsed


def proven(
    nonces: Nonces, login: Login = BOTH, *, password: str = PASSWORD, at: float = NOW
) -> str:
    """What the phone answers to a challenge made at `at`."""
    asked = challenges(login, nonces.fresh("pbx", at), stale=False)
    received = Received("", tuple((name.lower(), value) for name, value in asked), "")
    return phone.proof(received, "INVITE", URI, phone.Login("sbc", password))


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_responses_of_rfc_7616_are_right_and_their_nonce_is_not_ours(
    algorithm: str, response: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "REALM", "http-auth@example.org")
    login = Login("Mufasa", {algorithm: password_hash(algorithm, "Mufasa", "Circle of Life")})
    line = (
        'Authorization: Digest username="Mufasa", realm="http-auth@example.org", '
        f'uri="/dir/index.html", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
        f'response="{response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    asked = replace(request(line), method="GET")
    nonces = Nonces(b"s" * 32)
    assert judge(asked, login, nonces, "pbx", NOW) is Outcome.STALE
    wrong = replace(request(line.replace(response[:8], "0" * 8)), method="GET")
    assert judge(wrong, login, nonces, "pbx", NOW) is Outcome.WRONG


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_who_knows_the_password_is_let_in_once_for_each_count(algorithm: str) -> None:
    nonces = Nonces(b"s" * 32)
    login = Login("sbc", {algorithm: BOTH.hashes[algorithm]})
    asked = request(f"Authorization: {proven(nonces, login)}")
    assert judge(asked, login, nonces, "pbx", NOW + 1) is Outcome.PROVEN
    assert judge(asked, login, nonces, "pbx", NOW + 2) is Outcome.STALE, "a copy is not taken"
    assert judge(asked, login, nonces, "another", NOW + 2) is Outcome.STALE


def test_the_best_way_is_offered_first_and_what_is_not_offered_proves_nothing() -> None:
    nonces = Nonces(b"s" * 32)
    offered = [value for _, value in challenges(BOTH, "n", stale=True)]
    assert ["SHA-256" in each for each in offered] == [True, False]
    assert all("stale=true" in each for each in offered)
    weaker = Login("sbc", {"MD5": BOTH.hashes["MD5"]})
    line = f"Authorization: {proven(nonces, weaker)}"
    strict = Login("sbc", {"SHA-256": BOTH.hashes["SHA-256"]})
    assert judge(request(line), strict, nonces, "pbx", NOW) is Outcome.WRONG


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("Authorization: Basic YTpi", Outcome.MISSING),
        ('Authorization: Digest realm="elsewhere", username="sbc"', Outcome.MISSING),
        ('Authorization: Digest realm="vaiti"', Outcome.WRONG),
        ('Authorization: Digest realm="vaiti", username="sbc", nonce="\\', Outcome.WRONG),
        ('Authorization: Digest realm="vaiti", qop="auth-int", nonce="1", nc="z"', Outcome.WRONG),
    ],
)
def test_what_proves_nothing_is_told_apart(line: str, outcome: Outcome) -> None:
    assert judge(request(line), BOTH, Nonces(b"s" * 32), "pbx", NOW) is outcome


def test_a_nonce_is_short_lived_and_only_who_has_proven_is_remembered() -> None:
    nonces = Nonces(b"s" * 32)
    for at in range(1_000):
        nonces.fresh("pbx", NOW + at)
        wrong = request(f"Authorization: {proven(nonces, password='x', at=NOW + at)}")
        assert judge(wrong, BOTH, nonces, "pbx", NOW + at) is Outcome.WRONG
    assert len(nonces) == 0
    late = request(f"Authorization: {proven(nonces)}")
    assert judge(late, BOTH, nonces, "pbx", NOW + digest.NONCE_S) is Outcome.STALE
    for at in range(200):
        right = request(f"Authorization: {proven(nonces, at=NOW + at)}")
        assert judge(right, BOTH, nonces, "pbx", NOW + at) is Outcome.PROVEN
    assert len(nonces) <= digest.NONCE_S + 1, "the dead ones are forgotten"


@given(st.binary(max_size=80), st.sampled_from(["nonce", "nc", "qop", "uri", "response", "realm"]))
def test_any_bytes_in_any_field_are_judged_and_raise_nothing(junk: bytes, name: str) -> None:
    nonces = Nonces(b"s" * 32)
    line = re.sub(rf'\b{name}="?[^",]*"?', f"{name}=@", proven(nonces))
    data = request(f"Authorization: {line}").encode().replace(b"=@", b'="' + junk + b'"')
    try:
        asked = parse(data)
    except SipError:
        return  # line ends in it
    assert isinstance(asked, Request)
    assert judge(asked, BOTH, nonces, "pbx", NOW) in set(Outcome)


def test_who_knows_the_password_and_makes_up_the_nonce_is_challenged_anew() -> None:
    nonces = Nonces(b"s" * 32)
    hashed = digest.ALGORITHMS["MD5"]
    nonce = "\udcff.\udcff"
    text = f"{BOTH.hashes['MD5']}:{nonce}:{hashed(f'INVITE:{URI}'.encode())}"
    response = hashed(text.encode("utf-8", "surrogateescape"))
    line = f'Digest username="sbc",realm="vaiti",nonce="{nonce}",uri="{URI}",response="{response}"'
    asked = request()
    asked = replace(asked, headers=Headers([*asked.headers, ("Authorization", line)]))
    assert judge(asked, BOTH, nonces, "pbx", NOW) is Outcome.STALE


def test_a_sender_that_leaves_out_qop_is_taken_once_for_each_nonce() -> None:
    nonces = Nonces(b"s" * 32)
    nonce = nonces.fresh("pbx", NOW)
    hashed = digest.ALGORITHMS["MD5"]
    asked = hashed(f"INVITE:{URI}".encode())
    response = hashed(f"{BOTH.hashes['MD5']}:{nonce}:{asked}".encode())
    line = (
        f'Authorization: DIGEST username="sbc",realm="vaiti",nonce="{nonce}",uri="{URI}",'
        f'response="{response.upper()}"'
    )
    assert judge(request(line), BOTH, nonces, "pbx", NOW) is Outcome.PROVEN
    assert judge(request(line), BOTH, nonces, "pbx", NOW) is Outcome.STALE
