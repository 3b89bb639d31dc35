"""The command line. Each command's module is loaded only when that command is given."""

import os
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("vaiti.ops.demo.command", "a whole deployment with calls, to try or to check"),
    "init": ("vaiti.ops.commands.init", "make a data folder: settings, keys, database"),
    "up": ("vaiti.ops.commands.up", "start the processes of a data folder"),
    "restart": ("vaiti.ops.commands.restart", "replace a running process; calls go on"),
    "line": ("vaiti.ops.commands.line", "list, add or end company lines"),
    "peer": ("vaiti.ops.commands.peer", "list or add those who may send calls"),
    "siprec": ("vaiti.ops.commands.siprec", "say what is understood of a phone system's message"),
    "person": ("vaiti.ops.commands.person", "enter people: roles, teams, devices, passwords"),
    "feed": ("vaiti.ops.commands.feed", "who sat at which device: import it, ask it"),
    "course": ("vaiti.ops.commands.course", "load the course, enter evidence of training"),
    "undertaking": ("vaiti.ops.commands.undertaking", "the same for the undertaking of secrecy"),
    "scim": ("vaiti.ops.commands.scim", "tokens for an identity provider that enters people"),
    "identity": ("vaiti.ops.commands.identity", "keys for a provider of strong identification"),
    "token": ("vaiti.ops.commands.token", "tokens of the API: grant, list, end"),
    "keys": ("vaiti.ops.commands.keys", "how keys are sealed: status, rotate, escrow, restore"),
    "access": ("vaiti.ops.commands.access", "who may hear what, and why"),
    "call": ("vaiti.ops.phone.command", "place a test call to any recording server"),
    "reconcile": (
        "vaiti.ops.commands.reconcile",
        "hold the phone system's call records against ours",
    ),
    "scan-logs": ("vaiti.ops.commands.scan_logs", "look for test calls' numbers in logs"),
    "backup": ("vaiti.ops.commands.backup", "recovery keys, backups, and which there are"),
    "residency": ("vaiti.ops.commands.residency", "where data lies, and who has said so"),
    "store": ("vaiti.ops.commands.store", "move recordings from one store to another"),
    "settle": ("vaiti.ops.commands.settle", "pack recordings into less room, without loss"),
    "restore": ("vaiti.ops.commands.restore", "a new data folder from backups"),
    "drill": (
        "vaiti.ops.commands.drill",
        "rehearse destruction, backup and restore",
    ),
    "doctor": ("vaiti.ops.commands.doctor", "say what is wrong with a data folder"),
    "retention": ("vaiti.ops.commands.retention", "what keeping calls for less time would do"),
    "notice": (
        "vaiti.ops.commands.notice",
        "the privacy notice: show, render, compare, put forward",
    ),
    "paper": (
        "vaiti.ops.commands.paper",
        "documents that follow from the notice; dialogue, exit drill",
    ),
    "mailbox": ("vaiti.ops.commands.mailbox", "try the mailbox for people's requests"),
    "report": ("vaiti.ops.commands.report", "the figures of a period, as one file"),
    "promises": ("vaiti.ops.commands.promises", "look at every sentence of the notice now"),
    "prove": ("vaiti.ops.commands.prove", "look for what is older than callers were promised"),
    "audit": ("vaiti.ops.commands.audit", "verify or export the audit log"),
    "bench": ("vaiti.ops.commands.bench", "measure recorder, pages or listening"),
    "test": ("vaiti.ops.checks", "run all checks and tests"),
    "lint": ("vaiti.ops.checks", "run the checks without the tests"),
    "lock": ("vaiti.ops.locking", "refresh the lock files"),
    "process": ("vaiti.ops.commands.process", "run one process (what up starts)"),
}

ON_THE_CHECKOUT = frozenset({"test", "lint", "lock"})


READER_GONE = 141
"""The status of a program whose reader went away, as shells know it (128 and SIGPIPE)."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command; answers the exit status. Whoever reads what it prints may stop early."""
    try:
        try:
            return run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not reader_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to come
        return READER_GONE


def reader_gone() -> bool:
    """Whether nobody reads standard output any more."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return bool(poll.poll(0))


def run(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        print(f"vaiti: there is no command {name}\n\n{overview()}", file=sys.stderr)
        return 2
    command: Callable[[Sequence[str]], int] = import_module(COMMANDS[name][0]).main
    if name == "lint":
        rest = ["--no-tests", *rest]
    if name not in ON_THE_CHECKOUT:
        os.umask(0o077)  # whatever a command makes is its owner's alone
    try:
        return command(rest)
    except KeyboardInterrupt:
        return 130


def overview() -> str:
    """The commands, one a line."""
    usual = [name for name in COMMANDS if name != "process"]
    lines = [f"  {name:11} {COMMANDS[name][1]}" for name in usual]
    return "usage: vaiti COMMAND …\n\n" + "\n".join(lines) + "\n\nvaiti COMMAND --help says more."
