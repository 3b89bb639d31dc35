"""`vaiti call`: a test call against any session recording server."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from vaiti.ops.phone.dial import place
from vaiti.ops.phone.digest import Login
from vaiti.ops.phone.plan import CallPlan, Identity, Outcome, PhoneError
from vaiti.ops.phone.sound import alaw, read_wave
from vaiti.ops.voices.dialogue import dialogue
from vaiti.ops.voices.synth import RHYTHMS


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="vaiti call",
        description="Places one test call: real SIP with recording metadata, two real streams.",
    )
    add = made.add_argument
    add("--to", required=True, metavar="HOST:PORT", type=address, help="the recording server")
    add("--transport", choices=("udp", "tcp", "tls"), default="udp")
    add("--certificate", metavar="PEM", help="of the phone, for a call over TLS")
    add("--key", metavar="PEM", help="of that certificate")
    add("--authority", metavar="PEM", help="that signed the recorder's certificate")
    add("--srtp", action="store_true", help="send the voices as SRTP")
    add("--user", help="to sign in with, where the recorder asks for a password")
    add("--password-file", type=Path, metavar="FILE", help="that holds the password")
    add("--customer", required=True, metavar="NUMBER")
    add("--line", required=True, metavar="NUMBER", help="the company's number")
    add("--agent", required=True, metavar="DEVICE", help="user part of the agent's address")
    add("--direction", choices=("in", "out"), default="in")
    add("--seconds", type=float, default=10.0)
    add("--hold", type=stretch, metavar="FROM:TO", help="seconds after the answer")
    add("--hold-sound", action="store_true", help="send the voices on during the hold")
    add("--pause", type=stretch, metavar="FROM:TO", help="say that recording is paused")
    add("--transfer", type=handover, metavar="SECONDS:DEVICE")
    add("--agent-audio", type=Path, metavar="WAV", help="mono, 16 bits, 8000 Hz")
    add("--customer-audio", type=Path, metavar="WAV")
    add("--language", choices=sorted(RHYTHMS), default="sv", help="of the built-in voices")
    add("--seed", type=int, default=1, help="of the built-in voices")
    add("--no-bye", action="store_true", help="fall silent and wait for the server's BYE")
    add("--linger", type=float, default=60.0, help="seconds to wait for it")
    add("--header", action="append", default=[], metavar="LINE", help="of each INVITE")
    add("--json", action="store_true", help="print one JSON object")
    return made


def main(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    plan = CallPlan(
        *(given.to[0], given.to[1], given.customer, given.line, given.agent),
        direction=given.direction,
        transport=given.transport,
        seconds=given.seconds,
        hold=given.hold,
        hold_sound=given.hold_sound,
        pause=given.pause,
        transfer=given.transfer,
        bye=not given.no_bye,
        linger=given.linger,
        identity=identity(given),
        srtp=given.srtp,
        login=login(given),
        headers=tuple(given.header),
    )
    try:
        outcome = asyncio.run(place(plan, *sounds(given)))
    except PhoneError as error:
        print(f"vaiti call: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(outcome)) if given.json else told(outcome))
    return 0 if outcome.status < 300 else 1


def identity(given: argparse.Namespace) -> Identity | None:
    if not (given.certificate and given.key and given.authority):
        return None
    return Identity(given.certificate, given.key, given.authority)


def login(given: argparse.Namespace) -> Login | None:
    if not (given.user and given.password_file):
        return None
    return Login(given.user, given.password_file.read_text().strip())


def sounds(given: argparse.Namespace) -> tuple[bytes, bytes]:
    """The agent's and the customer's sound: the given files, or the built-in voices."""
    transfer_at = given.transfer[0] if given.transfer else None
    spoken = dialogue(given.seed, given.seconds, given.language, transfer_at=transfer_at)
    agent = read_wave(given.agent_audio) if given.agent_audio else spoken.agent
    customer = read_wave(given.customer_audio) if given.customer_audio else spoken.customer
    return alaw(agent), alaw(customer)


def told(outcome: Outcome) -> str:
    if outcome.status >= 300:
        return f"refused: {outcome.status} {outcome.reason}"
    length = outcome.ended_at - outcome.answered_at
    return (
        f"answered: {outcome.status} {outcome.reason}; {length:.1f} seconds, "
        f"{outcome.packets[0]} and {outcome.packets[1]} packets sent, ended by {outcome.ended_by}"
    )


def address(text: str) -> tuple[str, int]:
    """HOST:PORT, with an IPv6 address in brackets."""
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError("write HOST:PORT, such as 127.0.0.1:5060")
    return host.strip("[]"), int(port)


def stretch(text: str) -> tuple[float, float]:
    begin, _, end = text.partition(":")
    try:
        pair = float(begin), float(end)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write FROM:TO in seconds, such as 3:5") from error
    if not 0 <= pair[0] < pair[1]:
        raise argparse.ArgumentTypeError("it ends after it begins")
    return pair


def handover(text: str) -> tuple[float, str]:
    at, _, device = text.partition(":")
    try:
        moment = float(at)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write SECONDS:DEVICE, such as 5:2002") from error
    if not device:
        raise argparse.ArgumentTypeError("write SECONDS:DEVICE, such as 5:2002")
    return moment, device
