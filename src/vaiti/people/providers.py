"""What is known of another house that signs people in (OpenID Connect). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vaiti.people.time_boxed import TIME_BOXED

REFUSE, LINK, CREATE = "refuse", "link", "create"


@dataclass(frozen=True)
class Provider:
    """`roles` maps stable group ids to roles. `unknown` says what becomes of somebody who comes for
    the first time: refuse them, link them to the account of the same login, or make an account.
    Two factors are told by a method of `two_factors` (amr) or a level of `strong_levels` (acr)."""

    name: str
    label: str
    issuer: str
    client_id: str
    secret_file: str
    scopes: tuple[str, ...] = ("openid", "profile")
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    groups_claim: str = "groups"
    two_factors: tuple[str, ...] = ("mfa",)
    strong_levels: tuple[str, ...] = ()
    unknown: str = REFUSE
    employer: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)


def provider_fault(provider: Provider, known_roles: frozenset[str]) -> str | None:
    """A sentence that says what to change, or None."""
    if not re.fullmatch(r"[a-z0-9-]{1,30}", provider.name):
        return "name is of small letters, digits and -, at most 30"
    if not provider.label.strip() or len(provider.label) > 60:
        return "label has 1 to 60 characters; it stands on the button"
    if not _is_issuer(provider.issuer):
        return "issuer is an https address, spelt exactly as the provider spells it"
    if "openid" not in provider.scopes:
        return 'scopes must hold "openid"'
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,60}", provider.secret_file):
        return "secret_file is the name of a file in secrets/"
    if provider.unknown not in {REFUSE, LINK, CREATE}:
        return 'unknown is "refuse", "link" or "create"'
    if provider.unknown == CREATE and not provider.employer:
        return 'unknown = "create" needs employer: which company of the list these people work for'
    if boxed := sorted(TIME_BOXED & set(provider.roles.values())):
        return f"roles may not name {boxed[0]}: that role needs an end, so grant it by hand"
    wrong = sorted(set(provider.roles.values()) - known_roles)
    return f"roles names the unknown role {wrong[0]}" if wrong else None


def _is_issuer(address: str) -> bool:
    try:
        parts = urlsplit(address)
        local, spelt = parts.hostname in {"127.0.0.1", "localhost"}, parts.port != 0
    except ValueError:  # of a host or a port that is none
        return False
    return spelt and (parts.scheme == "https" or (parts.scheme == "http" and local))
