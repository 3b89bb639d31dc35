"""Other houses in which people show who they are: those who ask for their rights
(docs/strong-identification.md), and the staff (docs/sign-in.md)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from vaiti.ops.sections.reading import read_address
from vaiti.people.own_keys import CONTENTS, SIGNATURES
from vaiti.people.providers import Provider, provider_fault
from vaiti.people.trust_network import ISSUER, LEVELS, TEST_LEVELS, TOKEN_ENDPOINT, enough

NAME = "identity"
FTN = "ftn"
LANGUAGES = {"fi", "sv", "en"}
MOST_NAME = 60
FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True)
class Identity:
    """A provider of strong identification (OpenID Connect); without `issuer` there is none.

    `levels` are the strengths, as the provider names them in `acr`, of which one is asked for and
    one must come back. `profile` "ftn" is the Finnish Trust Network's, for which what stands below
    it is: files of keys in secrets/, and how the provider's own keys are known.
    """

    issuer: str = ""
    label: str = ""
    client_id: str = ""
    secret_file: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "name"
    levels: tuple[str, ...] = ()
    profile: str = ""
    test: bool = False
    service: Mapping[str, str] = field(default_factory=dict)
    signature: str = "RS256"
    content: str = CONTENTS[0]
    signing_keys: tuple[str, ...] = ()
    encryption_keys: tuple[str, ...] = ()
    entity_key: str = ""
    audience: str = TOKEN_ENDPOINT
    signed_keys: str = ""
    entity_keys: str = ""

    @property
    def network(self) -> bool:
        return bool(self.issuer) and self.profile == FTN


def identity_fault(identity: Identity, *, https: bool = True) -> str | None:
    """A sentence that says what to change, or None. `https`: browsers reach our pages by it."""
    if not identity.issuer:
        return None
    if identity.profile == FTN and not https:
        return "the provider sends people back to an https address: write https = true in [web]"
    if identity.profile not in ("", FTN):
        return f'profile is "{FTN}", or left out'
    if identity.profile == FTN:
        return network_fault(identity) or provider_fault(provider_of(identity), frozenset())
    if identity.test or identity.signing_keys or identity.encryption_keys or identity.entity_key:
        return f'test and keys of our own are for profile = "{FTN}" only'
    if not identity.levels or not all(one.strip() == one != "" for one in identity.levels):
        return "levels names at least one strength, as the provider's acr spells it"
    return provider_fault(provider_of(identity), frozenset())


def network_fault(identity: Identity) -> str | None:
    """What the profile wants of the settings, or None."""
    known = TEST_LEVELS if identity.test else LEVELS
    if wrong := [one for one in identity.levels if one not in known]:
        hint = " with test = true" if wrong[0] in TEST_LEVELS else ""
        return f"levels names {wrong[0]}, which is{' only' if hint else ' never'} taken{hint}; " + (
            f"leave it out, or name one of {', '.join(known)}"
        )
    if identity.secret_file:
        return "secret_file is not for this profile: keys prove who we are"
    if fault := service_fault(identity.service) or keys_fault(identity):
        return fault
    if identity.audience not in (TOKEN_ENDPOINT, ISSUER):
        return f'audience is "{TOKEN_ENDPOINT}" or "{ISSUER}", as the provider wants it'
    return provider_keys_fault(identity)


def service_fault(service: Mapping[str, str]) -> str | None:
    if not service or not set(service) <= LANGUAGES:
        return 'service says who asks, by language: service = { fi = "…", sv = "…" }'
    if not all(one.strip() == one and 0 < len(one) <= MOST_NAME for one in service.values()):
        return f"each text of service has 1 to {MOST_NAME} characters"
    return None


def keys_fault(identity: Identity) -> str | None:
    if identity.signature not in SIGNATURES:
        return f"signature is one of {', '.join(SIGNATURES)}"
    if identity.content not in CONTENTS:
        return f"content is one of {', '.join(CONTENTS)}"
    if not identity.signing_keys or not identity.encryption_keys:
        return (
            "signing_keys and encryption_keys each name a file in secrets/; make them with "
            "vaiti identity key"
        )
    named = (*identity.signing_keys, *identity.encryption_keys)
    named = (*named, identity.entity_key) if identity.entity_key else named
    if not all(FILE_NAME.fullmatch(one) for one in named):
        return "keys are names of files in secrets/"
    if len(set(named)) < len(named):
        return "each key has a file of its own"
    return None


def provider_keys_fault(identity: Identity) -> str | None:
    if bool(identity.signed_keys) != bool(identity.entity_keys):
        return (
            "signed_keys (an address) and entity_keys (a file in the data folder, with the key "
            "that signs it) stand together"
        )
    if identity.signed_keys and not _over_tls(identity.signed_keys):
        return "signed_keys is an https address"
    return None


def _over_tls(address: str) -> bool:
    parts = read_address(address)
    return parts is not None and parts.scheme == "https"


def levels_of(identity: Identity) -> tuple[str, ...]:
    """The levels that are asked for and suffice."""
    return enough(identity.levels, identity.test) if identity.network else identity.levels


def key_files(identity: Identity) -> tuple[str, ...]:
    """Names of the files in secrets/ with keys of ours."""
    if not identity.network:
        return ()
    own = (*identity.signing_keys, *identity.encryption_keys)
    return (*own, identity.entity_key) if identity.entity_key else own


def provider_of(identity: Identity) -> Provider:
    return Provider(
        name=NAME,
        label=identity.label,
        issuer=identity.issuer,
        client_id=identity.client_id,
        secret_file="none" if identity.network else identity.secret_file,
        scopes=identity.scopes,
        name_claim=identity.name_claim,
    )


def providers_fault(providers: tuple[Provider, ...], roles: Collection[str]) -> str | None:
    """Of those through which staff come in, a sentence that says what to change, or None."""
    names = [one.name for one in providers]
    for one in providers:
        if fault := provider_fault(one, frozenset(roles)):
            return f"the [[provider]] {one.name}: {fault}"
        if names.count(one.name) > 1:
            return f"the [[provider]] {one.name} is there twice; give each a name"
    return None
