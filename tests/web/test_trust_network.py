"""Strong identification by the Finnish Trust Network's profile, at a provider that others wrote."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client

from vaiti.audit.models import Leaf
from vaiti.audit.reading import entries
from vaiti.ops.commands.identity import make
from vaiti.ops.finding import FAIL, OK, WARN
from vaiti.ops.identity_look import look_at_identity
from vaiti.ops.sections.identity import Identity, identity_fault, levels_of, provider_of
from vaiti.ops.settings import parse_settings
from vaiti.people.own_keys import OwnKeys, own_keys
from vaiti.people.signed_asking import registration
from vaiti.people.trust_network import LEVELS, Network
from vaiti.rights.case_models import Case
from vaiti.vault.keyfiles import SecretFileError
from vaiti.web.http import wiring
from vaiti.web.http.sso_client import House
from web.bank import CLIENT, CODE, NAME, Bank, bank_at
from web.test_own_case import file, own
from web.test_sso import follow
from web.world import World

SUBSTANTIAL, HIGH = LEVELS
WAYS = ("RS256", "A128CBC-HS256")
SERVICE = {"fi": "Postin puhelut", "sv": "Postens samtal"}
US = "http://testserver"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> OwnKeys:
    """The one that signs as the command makes it."""
    folder = tmp_path_factory.mktemp("secrets")
    assert '"sign.pem"' in make(folder, "signing", "sign.pem", curve=False)
    assert (folder / "sign.pem").stat().st_mode & 0o777 == 0o600
    return own_keys(WAYS, [(folder / "sign.pem").read_bytes()], [pem()], pem())


def pem() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def bank(keys: OwnKeys) -> Iterator[Bank]:
    with bank_at(SUBSTANTIAL) as made:
        client = registration(keys, US, f"{US}/rights/identity/back", SERVICE)
        made.register({**client, "jwks": keys.shown()})
        yield made


def settled(world: World, bank: Bank, own_: OwnKeys, **told: Any) -> None:  # noqa: ANN401
    """The web process with this provider, at this moment."""
    files = {"signing_keys": ("sign.pem",), "encryption_keys": ("open.pem",), "service": SERVICE}
    identity = Identity(bank.issuer, "Pankki", CLIENT, profile="ftn", **{**files, **told})
    assert identity_fault(identity) is None
    house = House(provider_of(identity), "", Network(own_, SERVICE))
    wired = world.wiring(datetime.now(UTC))
    wiring.install(replace(wired, strong=house, levels=levels_of(identity)))


def rows(case: Case) -> str:
    """All that is kept of the case, and the whole log."""
    case.refresh_from_db()
    kept = [str(value) for value in vars(case).values()]
    return " ".join([*kept, *Leaf.objects.values_list("body", flat=True)])


def test_n42_a_real_provider_takes_what_we_sign_and_encrypts_who_it_is_for_us(
    world: World, stranger: Client, bank: Bank, keys: OwnKeys
) -> None:
    settled(world, bank, keys)
    for language in ("fi", "sv"):
        case, _code = file(stranger, "copy")
        stranger.post("/language", {"language": language, "next": "/rights/case"})
        away = stranger.get("/rights/identity/")["Location"]
        outside = {"request", "client_id", "response_type", "scope", "redirect_uri"}
        assert set(parse_qs(urlsplit(away).query)) == outside, "all else is signed"
        back = follow(away)
        way = stranger.cookies["vaiti-identity"].value
        done = stranger.get(back)
        assert (done.status_code, "/rights/case" in done.content.decode()) == (200, True)
        asked = bank.asked[-1]
        assert (asked["ui_locales"], asked["ftn_spname"]) == (language, SERVICE[language])
        assert (asked["acr_values"], asked["aud"]) == (f"{SUBSTANTIAL} {HIGH}", bank.issuer)
        assert CODE not in rows(case) + done.content.decode() + str(done.cookies)
        assert (case.proven, case.shown_name, case.assurance) == (["I1"], NAME, SUBSTANTIAL)
        assert NAME in own(stranger)
        told = {"proof": "I1", "assurance": SUBSTANTIAL, "provider": bank.issuer}
        noted = {one.subject: one.facts for one in entries(kind="rights:identity:proven").entries}
        assert noted[case.id.hex] == told

        assert case.attempt == ""
        stranger.cookies["vaiti-identity"] = way
        assert stranger.get(back).status_code == 403, "a way back is gone once"
        stranger.post("/language", {"language": "en", "next": "/rights/case"})


def test_n42_a_level_below_the_one_that_is_asked_for_identifies_nobody(
    world: World, stranger: Client, bank: Bank, keys: OwnKeys
) -> None:
    settled(world, bank, keys, levels=(HIGH,))
    case, _code = file(stranger, "copy")
    weak = stranger.get(follow(stranger.get("/rights/identity/")["Location"]))
    assert (weak.status_code, "not strong enough" in weak.content.decode()) == (403, True)
    case.refresh_from_db()
    assert (case.proven, case.shown_name) == ([], "")
    assert NAME not in rows(case)
    (entry,) = entries(kind="rights:identity:refused").entries
    assert entry.facts == {"reason": "assurance", "provider": bank.issuer}


def test_n42_a_way_that_was_begun_anew_or_a_token_that_was_used_identifies_nobody(
    world: World, stranger: Client, bank: Bank, keys: OwnKeys
) -> None:
    settled(world, bank, keys)
    case, _code = file(stranger, "copy")
    first = follow(stranger.get("/rights/identity/")["Location"])
    former = stranger.cookies["vaiti-identity"].value
    second = follow(stranger.get("/rights/identity/")["Location"])
    latter = stranger.cookies["vaiti-identity"].value
    stranger.cookies["vaiti-identity"] = former
    assert stranger.get(first).status_code == 403, "another was begun since"
    stranger.cookies["vaiti-identity"] = latter
    codes = [quote(parse_qs(urlsplit(one).query)["code"][0], safe="") for one in (first, second)]
    assert codes[1] in second
    assert stranger.get(second.replace(codes[1], codes[0])).status_code == 403, "another's code"
    stranger.cookies["vaiti-identity"] = latter
    assert stranger.get(second).status_code == 403, "it was tried already"
    case.refresh_from_db()
    assert (case.proven, case.attempt) == ([], "")
    assert [one.facts["reason"] for one in entries(kind="rights:identity:refused").entries] == [
        "it does not answer as it should"
    ]


def test_n42_the_provider_takes_nothing_that_is_not_signed_with_the_keys_it_knows(
    world: World, stranger: Client, bank: Bank, keys: OwnKeys
) -> None:
    another = replace(keys, signing=(keys.vouching,))
    settled(world, bank, another)
    file(stranger, "copy")
    away = urlsplit(stranger.get("/rights/identity/")["Location"])
    plain = {"client_id": CLIENT, "response_type": "code", "scope": "openid"}
    plain["redirect_uri"] = f"{US}/rights/identity/back"
    for query in (away.query, urlencode(plain)):
        there = http.client.HTTPConnection(away.netloc, timeout=60)
        there.request("GET", f"{away.path}?{query}")
        assert there.getresponse().status == 400
        there.close()


def test_our_keys_are_shown_without_their_private_halves_and_only_where_they_are_used(
    world: World, stranger: Client, bank: Bank, keys: OwnKeys
) -> None:
    addresses = (
        "/rights/identity/keys",
        "/rights/identity/keys.jwt",
        "/.well-known/openid-federation",
    )
    assert {stranger.get(one).status_code for one in addresses} == {404}
    settled(world, bank, replace(keys, vouching=None))
    assert [stranger.get(one).status_code for one in addresses] == [200, 404, 404]
    settled(world, bank, keys)
    assert [stranger.get(one).status_code for one in addresses] == [200, 200, 200]
    shown = json.loads(stranger.get(addresses[0]).content)["keys"]
    assert [one["use"] for one in shown] == ["sig", "enc"]
    assert {frozenset(one) for one in shown} == {frozenset({"kty", "n", "e", "use", "alg", "kid"})}


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a-test-level": ({"levels": ("http://ftn.ficora.fi/2017/loatest2",)}, "test = true"),
    "a-real-level-in-a-test": ({"levels": (HIGH,), "test": True}, "never"),
    "another-level": ({"levels": ("loa2",)}, "never"),
    "a-secret": ({"secret_file": "bank.secret"}, "secret_file"),
    "no-name": ({"service": {}}, "service"),
    "a-name-in-another-language": ({"service": {"de": "Post"}}, "service"),
    "no-keys": ({"signing_keys": ()}, "vaiti identity key"),
    "a-key-elsewhere": ({"signing_keys": ("../sign.pem",)}, "secrets/"),
    "one-key-for-both": ({"encryption_keys": ("sign.pem",)}, "its own"),
    "no-signature": ({"signature": "HS256"}, "signature"),
    "no-encryption": ({"content": "none"}, "content"),
    "a-strange-audience": ({"audience": "everybody"}, "audience"),
    "half-of-their-keys": ({"signed_keys": "https://bank.example/keys"}, "together"),
    "their-keys-in-clear": (
        {"signed_keys": "http://bank.example/keys", "entity_keys": "bank.jwks"},
        "https",
    ),
    "another-profile": ({"profile": "suomi"}, "profile"),
    "keys-without-the-profile": ({"profile": ""}, "profile"),
}


@pytest.mark.parametrize(("told", "why"), FAULTS.values(), ids=FAULTS)
def test_settings_that_are_not_the_profiles_are_refused(told: dict[str, Any], why: str) -> None:
    right = Identity(
        "https://bank.example",
        "Pankki",
        CLIENT,
        profile="ftn",
        service=SERVICE,
        signing_keys=("sign.pem",),
        encryption_keys=("open.pem",),
    )
    assert identity_fault(right) is None
    assert "https" in str(identity_fault(right, https=False))
    assert why in str(identity_fault(replace(right, **told)))


TOLD = """
[controller]
name = "Posti"
business_id = "1-2"
privacy_contact = "a@example.fi"

[web]
https = true

[identity]
issuer = "https://bank.example"
label = "Pankki"
client_id = "vaiti"
profile = "ftn"
test = true
service = { fi = "Postin puhelut" }
signature = "ES256"
signing_keys = ["sign.pem"]
encryption_keys = ["open.pem"]
"""


def test_the_doctor_says_what_is_wrong_with_keys_for_identification(tmp_path: Path) -> None:
    settings = parse_settings(TOLD.encode(), tmp_path)
    settings.secrets.mkdir()

    def found() -> list[tuple[str, str]]:
        return [(one.verdict, one.says) for one in look_at_identity(settings)]

    assert found()[0][0] == FAIL
    assert "vaiti identity key" in found()[0][1]
    make(settings.secrets, "signing", "sign.pem", curve=True)
    make(settings.secrets, "signing", "open.pem", curve=True)
    assert "no RSA key" in found()[0][1]
    (settings.secrets / "open.pem").write_bytes(pem())
    verdicts = {verdict for verdict, _says in found()}
    assert verdicts == {OK, WARN}
    assert "test person" in found()[1][1]
    (settings.secrets / "sign.pem").chmod(0o640)
    assert (found()[0][0], "chmod 600" in found()[0][1]) == (FAIL, True)
    with pytest.raises(SecretFileError, match="another name"):
        make(settings.secrets, "signing", "sign.pem", curve=True)
