"""`vaiti peer`: who may send calls. Peers stand in the settings file."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from vaiti.capture.sip.digest import ALGORITHMS
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.settings import FILE, Settings, load_settings, parse_settings


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti peer", description="Recording clients. Anybody else gets no answer at all."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="the peers of the settings file"))
    adding = verbs.add_parser("add", help="write a peer into the settings file")
    add_data(adding)
    adding.add_argument("--name", required=True)
    adding.add_argument("--address", required=True, action="append", help="10.0.0.5 or a network")
    adding.add_argument("--transport", action="append", choices=("udp", "tcp", "tls"))
    adding.add_argument(
        "--certificate",
        action="append",
        default=[],
        help="over tls: a name in the peer's certificate, or sha256:FINGERPRINT",
    )
    adding.add_argument("--srtp", choices=("required", "allowed", "refused"), default="allowed")
    adding.add_argument(
        "--digest",
        action="append",
        default=[],
        choices=tuple(ALGORITHMS),
        help="the sender has to prove a password this way; give it twice to allow two ways",
    )
    adding.add_argument("--user", default="", help="whom it signs in as")
    adding.add_argument(
        "--password-file", default="", metavar="NAME", help="a file in secrets/, mode 0600"
    )
    adding.add_argument("--start-on", choices=("answered", "associated"), default="answered")
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    if given.verb == "add":
        add(settings.folder, block(given))
        print("Written. A running recorder follows it within seconds.", file=sys.stderr)
    for peer in load_settings(settings.folder).peers:
        print(f"{peer.name}  {', '.join(peer.addresses)}  ({', '.join(peer.transports)})")
    return 0


def block(given: argparse.Namespace) -> str:
    lines = [
        "\n[[peer]]",
        f"name = {json.dumps(given.name)}",
        f"addresses = {json.dumps(given.address)}",
        f"transports = {json.dumps(given.transport or ['udp', 'tcp'])}",
        f"srtp = {json.dumps(given.srtp)}",
        f"start_on = {json.dumps(given.start_on)}",
        *([f"certificates = {json.dumps(given.certificate)}"] if given.certificate else []),
        *(digest_lines(given) if given.digest else []),
    ]
    return "\n".join(lines) + "\n"


def digest_lines(given: argparse.Namespace) -> list[str]:
    return [
        f"digest = {json.dumps(given.digest)}",
        f"digest_user = {json.dumps(given.user)}",
        f"digest_password_file = {json.dumps(given.password_file)}",
    ]


def add(folder: Path, text: str) -> None:
    """Appends to the settings file what it is still good with. Raises WeakSettings."""
    path = folder / FILE
    whole = path.read_bytes() + text.encode()
    parse_settings(whole, folder)
    aside = folder / f"{FILE}.part"
    aside.touch(mode=0o600)
    aside.write_bytes(whole)
    aside.rename(path)
