"""Where people who ask for their rights may show who they are: docs/rights.md."""

from dataclasses import dataclass

from vaiti.people.providers import Provider, provider_fault

NAME = "identity"


@dataclass(frozen=True)
class Identity:
    """A provider of strong identification (OpenID Connect); without `issuer` there is none.

    `levels` are the strengths, as the provider names them in `acr`, of which one is asked for and
    one must come back.
    """

    issuer: str = ""
    label: str = ""
    client_id: str = ""
    secret_file: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "name"
    levels: tuple[str, ...] = ()


def identity_fault(identity: Identity) -> str | None:
    """A sentence that says what to change, or None."""
    if not identity.issuer:
        return None
    if not identity.levels or not all(one.strip() == one != "" for one in identity.levels):
        return "levels names at least one strength, as the provider's acr spells it"
    return provider_fault(provider_of(identity), frozenset())


def provider_of(identity: Identity) -> Provider:
    return Provider(
        name=NAME,
        label=identity.label,
        issuer=identity.issuer,
        client_id=identity.client_id,
        secret_file=identity.secret_file,
        scopes=identity.scopes,
        name_claim=identity.name_claim,
    )
