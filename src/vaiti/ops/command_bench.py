"""`vaiti bench`: what the parts cost, measured on the real ones."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "record": ("vaiti.ops.bench", "what recording costs"),
    "pages": ("vaiti.ops.bench_pages", "server time and weight of the pages, over many calls"),
    "attribution": ("vaiti.ops.bench_attribution", "whose each second of a day at shared desks is"),
    "completeness": ("vaiti.ops.bench_completeness", "whether each missed call is told of"),
    "destroy": ("vaiti.ops.bench_destroy", "destroying many due calls, and what is left of them"),
    "log": ("vaiti.ops.bench_log", "proofs and verification in a long audit log"),
    "durable": ("vaiti.ops.bench_durable", "audit entries a second that are safe on the disk"),
    "listen": ("vaiti.ops.bench_listen", "click to sound, seeking, and many listeners at once"),
}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in KINDS:
        told = "\n".join(f"  {name:12} {text}" for name, (_, text) in KINDS.items())
        print(f"usage: vaiti bench KIND …\n\n{told}\n\nvaiti bench KIND --help says more.")
        return 0 if arguments in (["-h"], ["--help"]) else 2
    command: Callable[[Sequence[str]], int] = import_module(KINDS[arguments[0]][0]).main
    return command(arguments[1:])
