"""`vaiti siprec explain`: what Vaiti understands of a sender's message, masked."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from vaiti.audio.codecs import decodable
from vaiti.capture.order_checks import check_peer
from vaiti.capture.orders import Intake, Line, Orders, OrdersRefused, Peer
from vaiti.capture.role_sources import DEFAULT, LABELS, SOURCES
from vaiti.capture.session.explain import Explained, Explainer
from vaiti.capture.session.explain_input import NotExplained
from vaiti.capture.session.warnings import SENTENCES
from vaiti.capture.signed_orders import read
from vaiti.ops.settings import load_settings

MAX_FILE = 1 << 20  # bytes
A_DAY_US = 86_400_000_000


class Unusable(ValueError):
    """The command line or a file is of no use; the sentence says what to change."""


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        explainer = Explainer(*_deployment(given), codecs=decodable())
        explained = [(path, explainer.explain(_content(path))) for path in given.file]
    except (Unusable, NotExplained, OrdersRefused) as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return 2
    for path, each in explained:
        print(json.dumps(asdict(each)) if given.json else _text(path, each))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vaiti siprec", description="Recording sessions of a phone system (SIPREC)."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    explain = verbs.add_parser(
        "explain",
        help="what Vaiti makes of a message: its answer, parties, direction, line, streams",
        description="Reads SIP messages of one recording session in their order, or a body, a "
        "session description or metadata. Numbers are masked and names left out, so that the "
        "output can be shown to anybody. Nothing is sent and nothing is kept.",
    )
    explain.add_argument("file", nargs="+", type=Path, metavar="FILE", help="- is standard input")
    explain.add_argument("--json", action="store_true", help="one JSON object a file")
    explain.add_argument("--data", type=Path, metavar="DIR", help="lines and peers of this folder")
    explain.add_argument(
        "--peer", default="", help="as which of the folder's peers; else the first"
    )
    explain.add_argument("--line", action="append", default=[], help="without --data: a line")
    explain.add_argument("--country", default="FI", help="in which numbers are dialled (FI)")
    explain.add_argument("--agent-pattern", default="", help="what an agent's device looks like")
    explain.add_argument("--start-on", choices=("answered", "associated"), default="answered")
    explain.add_argument(
        "--roles-from",
        action="append",
        choices=[each for each in SOURCES if each != LABELS],
        help="by what roles are known, in this order (docs/siprec.md)",
    )
    return parser


def _deployment(given: argparse.Namespace) -> tuple[Orders, Peer]:
    if given.data is not None:
        return _of_folder(given.data, given.peer)
    peer = Peer(
        "a peer",
        (),
        start_on=given.start_on,
        agent_pattern=given.agent_pattern,
        roles_from=tuple(given.roles_from or DEFAULT),
    )
    check_peer(peer)
    orders = Orders(
        issued_us=0,
        expires_us=A_DAY_US,
        zone_country=given.country,
        intake=Intake("1970-01-01", bytes(32)),
        lines=tuple(Line(number, recorded=True) for number in given.line),
    )
    return orders, peer


def _of_folder(folder: Path, name: str) -> tuple[Orders, Peer]:
    settings = load_settings(folder)
    try:
        signed = (settings.run / "orders.json").read_bytes()
        public = (settings.secrets / "orders.pub").read_bytes()
    except FileNotFoundError:
        raise Unusable("the folder has no orders yet: start it once with vaiti up") from None
    orders = read(signed, public, now=0.0)
    named = [each for each in orders.peers if name in ("", each.name)]
    if not named:
        raise Unusable("there is no such peer: vaiti peer list names them, vaiti peer add adds one")
    return orders, named[0]


def _content(path: Path) -> bytes:
    try:
        data = sys.stdin.buffer.read(MAX_FILE + 1) if str(path) == "-" else _file(path)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise Unusable(f"{path} is larger than a SIP message can be")
    return data


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _text(path: Path, explained: Explained) -> str:
    return "\n".join(f"{name:9} {value}".rstrip() for name, value in _rows(path, explained))


def _rows(path: Path, explained: Explained) -> Iterable[tuple[str, str]]:
    yield "file", str(path)
    yield "what", explained.what
    yield "answer", _answer(explained)
    if explained.verdict:
        yield "verdict", _named(explained.verdict)
    if explained.line:
        yield "call", _call(explained)
    for party in explained.parties:
        there = "" if party.present else ", not in the session now"
        labels = f", sends {' and '.join(party.labels)}" if party.labels else ""
        by = f" (by {party.by})" if party.by else ""
        yield "party", f"{party.side}{by}: {party.number}{labels}{there}"
    for stream in explained.streams:
        by = f" by {stream.by}" if stream.by else ""
        fate = (stream.role or "usable") + by if stream.taken else "refused, port 0"
        secrecy = f", SRTP {stream.suite}" if stream.suite else ""
        label = f"label {stream.label}" if stream.label else "no label"
        yield (
            "stream",
            f"{label}: {stream.kind}, {stream.offered}, {fate} ({_codecs(stream.codecs)}{secrecy})",
        )
    for warning in explained.warnings:
        yield "warning", _named(warning)
    for line in explained.answer.splitlines():
        yield "", line
    yield "", ""


def _answer(explained: Explained) -> str:
    if not explained.status:
        return "none"
    return f"{explained.status}{', with this description:' if explained.answer else ''}"


def _call(explained: Explained) -> str:
    words = [explained.direction, f"line {explained.line}", f"customer {explained.customer}"]
    devices = [device or "unknown" for device in explained.devices]
    words += [f"agent {device}" for device in devices]
    words += ["on hold"] if explained.held else []
    words += ["ended"] if explained.over else []
    words += ["the call before it ended"] if explained.ended_by and not explained.over else []
    return ", ".join(words)


def _codecs(codecs: Sequence[str]) -> str:
    return ", ".join(codecs) or "none known"


def _named(name: str) -> str:
    return f"{name}: {SENTENCES[name]}" if name in SENTENCES else name
