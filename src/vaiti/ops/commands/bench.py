"""`vaiti bench`: what the parts cost, measured on the real ones."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    "record": "what recording costs",
    "shared": "the same by several recorders under one SIP address",
    "invites": "how soon new calls are answered while many are in progress",
    "playable": "how long after the hang-up a call can be heard",
    "replay": "a day of a 500-seat centre at speed: nothing lost, and memory flat",
    "rtpengine": "rtpengine's recording beside ours, where it is installed",
    "rebirth": "a recorder killed under load, and what is lost until the next one goes on",
    "flood": "how much memory a recorder takes when somebody floods it",
    "catchup": "how fast an hour's calls are taken in when what was away is back",
    "pages": "server time and weight of the pages, over many calls",
    "attribution": "whose each second of a day at shared desks is",
    "completeness": "whether each missed call is told of",
    "destroy": "destroying many due calls, and what is left of them",
    "log": "proofs and verification in a long audit log",
    "durable": "audit entries a second that are safe on the disk",
    "promises": "a round of the live checks over many calls",
    "settling": "what lossless recompression would gain, on speech that you supply",
    "listen": "click to sound, seeking, and many listeners at once",
}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in KINDS:
        told = "\n".join(f"  {name:12} {text}" for name, text in KINDS.items())
        print(f"usage: vaiti bench KIND …\n\n{told}\n\nvaiti bench KIND --help says more.")
        return 0 if arguments in (["-h"], ["--help"]) else 2
    command: Callable[[Sequence[str]], int] = import_module(
        f"vaiti.ops.benches.{arguments[0]}"
    ).main
    return command(arguments[1:])
