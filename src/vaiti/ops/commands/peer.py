"""`vaiti peer`: who may send calls. Peers stand in the settings file."""

import argparse
import json
import sys
from collections.abc import Sequence

from vaiti.capture.sip.digest import ALGORITHMS
from vaiti.ops import peer_blocks
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.settings import FILE, Settings, load_settings
from vaiti.ops.settings_file import write


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti peer", description="Recording clients. Anybody else gets no answer at all."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="the peers of the settings file"))
    adding = verbs.add_parser("add", help="write a peer into the settings file")
    add_data(adding)
    adding.add_argument("--name", required=True)
    _rules(adding, needed=True)
    changing = verbs.add_parser("change", help="give a peer other rules; what is not named stays")
    add_data(changing)
    changing.add_argument("--name", required=True)
    _rules(changing, needed=False)
    ending = verbs.add_parser("end", help="take a peer out: it gets no answer any more")
    add_data(ending)
    ending.add_argument("--name", required=True)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def _rules(parser: argparse.ArgumentParser, *, needed: bool) -> None:
    """Without a default of their own: what is not given stays as it is, or as settings have it."""
    parser.add_argument("--address", required=needed, action="append", help="10.0.0.5 or a network")
    parser.add_argument("--transport", action="append", choices=("udp", "tcp", "tls"))
    parser.add_argument(
        "--certificate",
        action="append",
        help="over tls: a name in the peer's certificate, or sha256:FINGERPRINT",
    )
    parser.add_argument("--srtp", choices=("required", "allowed", "refused"))
    parser.add_argument(
        "--digest",
        action="append",
        choices=tuple(ALGORITHMS),
        help="the sender has to prove a password this way; give it twice to allow two ways",
    )
    parser.add_argument("--user", help="whom it signs in as")
    parser.add_argument("--password-file", metavar="NAME", help="a file in secrets/, mode 0600")
    parser.add_argument("--start-on", choices=("answered", "associated"))


def act(settings: Settings, given: argparse.Namespace) -> int:
    if given.verb != "list":
        path = settings.folder / FILE
        text = path.read_text(encoding="utf-8")
        if given.verb == "add":
            text += block(given)
        elif given.verb == "change":
            text = peer_blocks.changed(text, given.name, entries(given))
        else:
            text = peer_blocks.without(text, given.name)
        write(settings.folder, text)
        print("Written. A running recorder follows it within seconds.", file=sys.stderr)
    for peer in load_settings(settings.folder).peers:
        print(f"{peer.name}  {', '.join(peer.addresses)}  ({', '.join(peer.transports)})")
    return 0


def block(given: argparse.Namespace) -> str:
    standard = {"transports": '["udp", "tcp"]', "srtp": '"allowed"', "start_on": '"answered"'}
    values = {"name": json.dumps(given.name)} | standard | entries(given)
    return "\n[[peer]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def entries(given: argparse.Namespace) -> dict[str, str]:
    """What was said, as it stands in the file."""
    said = {
        "addresses": given.address,
        "transports": given.transport,
        "certificates": given.certificate,
        "srtp": given.srtp,
        "digest": given.digest,
        "digest_user": given.user,
        "digest_password_file": given.password_file,
        "start_on": given.start_on,
    }
    return {key: json.dumps(value) for key, value in said.items() if value is not None}
