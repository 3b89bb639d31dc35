"""`vaiti line`: the company's numbers, and which of them are recorded."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from vaiti.notice.lines import LineCard

BY = "system:command-line"
TONGUES = ("fi", "sv", "en")
FLAGS = {
    "record": "record its calls",
    "announced": "record only from the announcement on",
    "hold": "keep what is heard on hold",
    "keypad": "take key tones out of the sound",
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti line", description="Company lines. Only listed lines are ever recorded."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="the lines that stand now"))
    adding = verbs.add_parser("add", help="list a line from now on")
    add_data(adding)
    adding.add_argument("--number", required=True, help="with plus and country code")
    adding.add_argument("--label", required=True)
    add_labels(adding)
    adding.add_argument("--function", required=True, choices=("service", "telesales", "test"))
    adding.add_argument("--only", choices=("in", "out"), help="one direction; else both")
    adding.add_argument("--record", action="store_true", help="record its calls")
    adding.add_argument(
        "--announced", action="store_true", help="record only from the announcement on"
    )
    adding.add_argument("--no-hold", action="store_true", help="keep nothing of a hold")
    adding.add_argument("--keypad", action="store_true", help="take key tones out of the sound")
    changing = verbs.add_parser("change", help="give a line other rules from now on")
    add_data(changing)
    changing.add_argument("--number", required=True)
    changing.add_argument("--label")
    add_labels(changing)
    changing.add_argument("--function", choices=("service", "telesales", "test"))
    changing.add_argument("--ways", choices=("in", "out", "both"))
    for flag, tells in FLAGS.items():
        changing.add_argument(f"--{flag}", action=argparse.BooleanOptionalAction, help=tells)
    ending = verbs.add_parser("end", help="end a line's entry now")
    add_data(ending)
    ending.add_argument("--number", required=True)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def add_labels(parser: argparse.ArgumentParser) -> None:
    for language in TONGUES:
        told = f"what it is called in letters and on pages in this language ({language})"
        parser.add_argument(f"--label-{language}", metavar="LABEL", help=told)


def labels_of(given: argparse.Namespace) -> dict[str, str]:
    typed = {language: getattr(given, f"label_{language}") for language in TONGUES}
    return {language: text for language, text in typed.items() if text is not None}


def require_ready(settings: Settings, function: str, *, begins: bool) -> None:
    """Before a line of customers is recorded. Raises NotTalkedOver, StaleAssessment."""
    from vaiti.ops.commands.paper import facts_of
    from vaiti.promises.papers import assessment, dialogues

    dialogues.require(function, recorded=begins)
    if begins and function != "test":
        assessment.require_current(facts_of(settings))


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.notice import lines
    from vaiti.promises.papers.assessment import StaleAssessment
    from vaiti.promises.papers.dialogues import NotTalkedOver

    now = clock_of(settings)()
    try:
        if given.verb == "add":
            require_ready(settings, given.function, begins=given.record)
            lines.register_line(
                given.number,
                label=given.label,
                function=given.function,
                inbound=given.only != "out",
                outbound=given.only != "in",
                recorded=given.record,
                announced=given.announced,
                keeps_hold=not given.no_hold,
                keypad=given.keypad,
                labels=labels_of(given),
                by=BY,
                now=now,
            )
        elif given.verb == "change":
            wanted = changed(given, now)
            require_ready(settings, wanted.function, begins=bool(given.record))
            lines.change_line(wanted, by=BY, now=now)
        elif given.verb == "end":
            lines.end_line(given.number, by=BY, now=now)
    except (lines.LineError, NotTalkedOver, StaleAssessment) as error:
        print(f"vaiti line: {error}", file=sys.stderr)
        return 1
    for line in lines.standing(now):
        ways = " and ".join(w for w, on in (("in", line.inbound), ("out", line.outbound)) if on)
        recorded = f"recorded, {ways}" if line.recorded else "not recorded"
        names = " / ".join(dict.fromkeys((line.label, *line.labels.values())))
        print(f"{line.number}  {names}  ({'; '.join([line.function, recorded, *rules(line)])})")
    return 0


def changed(given: argparse.Namespace, now: datetime) -> "LineCard":
    """The line that stands, with what was given. Raises LineError."""
    from vaiti.notice import lines

    line = lines.line_for(given.number, now)
    if line is None:
        raise lines.LineError("no entry stands for this number")
    told = {
        "label": given.label,
        "function": given.function,
        "inbound": None if given.ways is None else given.ways != "out",
        "outbound": None if given.ways is None else given.ways != "in",
        "recorded": given.record,
        "announced": given.announced,
        "keeps_hold": given.hold,
        "keypad": given.keypad,
        "labels": {**line.labels, **labels_of(given)},
    }
    return replace(line, **{name: value for name, value in told.items() if value is not None})


def rules(line: "LineCard") -> list[str]:
    told = {
        "from the announcement on": line.announced,
        "holds left out": not line.keeps_hold,
        "key tones left out": line.keypad,
    }
    return [rule for rule, set_so in told.items() if line.recorded and set_so]
