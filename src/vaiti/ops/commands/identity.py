"""`vaiti identity`: our keys at a provider of strong identification, and what it is told of us."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.django_start import start_django
from vaiti.ops.network_keys import network_of
from vaiti.ops.sections.identity import FILE_NAME
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.vault.keyfiles import SecretFileError, write_secret

BITS = 3072
SIGN, ENCRYPT, ENTITY = "signing", "encryption", "entity"
WRITE = {
    SIGN: 'signing_keys = ["{name}"], after the key in use, and before it once it is known there',
    ENCRYPT: 'encryption_keys = ["{name}"], before the key in use, which stays for a day',
    ENTITY: 'entity_key = "{name}"',
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti identity",
        description="Our keys for strong identification: docs/strong-identification.md",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("key", help="make a key in secrets/")
    making.add_argument("--purpose", choices=tuple(WRITE), required=True, help="what it is for")
    making.add_argument("--file", required=True, help="its name, such as bank-sign-2026.pem")
    making.add_argument("--curve", action="store_true", help="P-256 instead of RSA, for ES256")
    showing = verbs.add_parser("show", help="print what the provider is to know of us, with keys")
    showing.add_argument("--host", required=True, help="the name that browsers use for our pages")
    for verb in (making, showing):
        add_data(verb)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    try:
        if given.verb == "key":
            print(make(settings.secrets, given.purpose, given.file, curve=given.curve))
        else:
            print(json.dumps(told(settings, given.host), indent=2, ensure_ascii=False))
    except (SecretFileError, WeakSettings) as error:
        print(f"vaiti identity {given.verb}: {error}", file=sys.stderr)
        return 1
    return 0


def make(folder: Path, purpose: str, name: str, *, curve: bool) -> str:
    """Makes the key; answers what to write in the settings. Raises SecretFileError."""
    if not FILE_NAME.fullmatch(name):
        raise SecretFileError("the file's name is of letters, digits, dots, - and _, at most 60")
    if curve and purpose != SIGN:
        raise SecretFileError("only a key that signs may be of a curve")
    key = (
        ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, BITS)
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        write_secret(folder / name, pem)
    except FileExistsError as error:
        raise SecretFileError(f"{folder / name} is there; give the new key another name") from error
    return f"Write in [identity]: {WRITE[purpose].format(name=name)}"


def told(settings: Settings, host: str) -> dict[str, object]:
    """What a provider registers. Raises WeakSettings."""
    if not settings.identity.network:
        raise WeakSettings('[identity] has no provider with profile = "ftn"')
    if host not in settings.web.hosts:
        raise WeakSettings(f"hosts in [web] does not name {host}")
    start_django(settings.folder)
    from vaiti.people.signed_asking import registration
    from vaiti.web.casework.identity import BACK

    network, us = network_of(settings), f"https://{host}"
    client = registration(network.own, us, f"{us}{BACK}", network.service)
    return {**client, "jwks": network.own.shown()}
