"""`vaiti paper`: the documents that follow from the notice, and what is put on record for them."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vaiti.notice.sentences import LANGUAGES
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings, WeakSettings

if TYPE_CHECKING:
    from vaiti.promises.papers.facts import Facts
    from vaiti.promises.papers.sheet import Sheet

BY = "system:command-line"
NAMES = ("announcements", "staff", "record", "dpia", "processors", "joint", "year")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti paper", description="What follows from the notice in force; docs/papers.md."
    )
    _add_verbs(parser.add_subparsers(dest="verb", required=True))
    given = parser.parse_args(arguments)
    acts = {
        "write": write,
        "dpv": tell,
        "dialogue": talk,
        "approve": approve,
        "instruct": instruct,
        "exit-drill": drill,
    }
    return refusing_weakness(lambda settings: acts[given.verb](settings, given), given.data)


def _add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    writing = verbs.add_parser("write", help="a document as a tagged PDF")
    add_data(writing)
    writing.add_argument("name", choices=NAMES)
    writing.add_argument("--language", choices=LANGUAGES, default="fi")
    writing.add_argument("--year", type=int, help="of the year's report; else the one that runs")
    writing.add_argument("--out", type=Path, required=True, metavar="FILE")
    telling = verbs.add_parser("dpv", help="the processing in W3C's vocabulary, as JSON-LD")
    add_data(telling)
    talking = verbs.add_parser("dialogue", help="put the dialogue with the staff on record")
    add_data(talking)
    talking.add_argument("--on", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    talking.add_argument("--parties", required=True, help="who took part, by their functions")
    talking.add_argument("--subject", required=True, help="what was talked over")
    talking.add_argument("--outcome", required=True, help="what came of it")
    talking.add_argument("--login", required=True, help="who puts it on record")
    approving = verbs.add_parser("approve", help="answer for a document as it stands")
    add_data(approving)
    approving.add_argument("name", choices=NAMES[:-1])
    approving.add_argument("--login", required=True, help="who answers for it")
    telling_them = verbs.add_parser("instruct", help="put on record what a processor was told")
    add_data(telling_them)
    telling_them.add_argument("--processor", required=True, help="its name in the register")
    telling_them.add_argument(
        "--on", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="on which day"
    )
    telling_them.add_argument("--text", required=True, help="what it is to do, or not to do")
    telling_them.add_argument("--login", required=True, help="who puts it on record")
    drilling = verbs.add_parser(
        "exit-drill", help="read all that a processor has of ours, without keys, and note it"
    )
    add_data(drilling)
    drilling.add_argument("--processor", required=True, help="its name in the register")


def write(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.promises.papers import approvals
    from vaiti.web.sheets import pdf

    facts = facts_of(settings)
    sheet = sheet_of(facts, given)
    version = facts.wording.version
    approvals.note_made(sheet, version, by=BY, now=facts.now)
    try:
        given.out.write_bytes(pdf(sheet, facts.wording.controller.name, facts.now.date()))
    except OSError as error:
        raise WeakSettings(f"{given.out} cannot be written: {error.strerror}") from error
    print(f"written: {given.out}")
    return 0


def facts_of(settings: Settings) -> "Facts":
    """Django must be ready."""
    from vaiti.ops.wsgi_places import data_places
    from vaiti.promises.papers.facts import gather
    from vaiti.web.documents import tells

    now = clock_of(settings)()
    return gather(now, data_places(settings, now), tells)


def sheet_of(facts: "Facts", given: argparse.Namespace) -> "Sheet":
    from vaiti.promises.papers import year
    from vaiti.promises.papers.index import PAPERS

    if given.name == year.NAME:
        return year.sheet(facts, given.year or facts.now.year, given.language)
    return PAPERS[given.name].make(facts, given.language)


def tell(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.promises.papers.vocabulary import as_jsonld

    print(json.dumps(as_jsonld(facts_of(settings)), indent=2, ensure_ascii=False))
    return 0


def talk(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.ops.commands.person import id_of
    from vaiti.promises.papers import dialogues

    now = clock_of(settings)()
    held = dialogues.Talk(given.on, given.parties, given.subject, given.outcome)
    try:
        dialogues.record(held, by=id_of(given.login, now), now=now)
    except (dialogues.DialogueRefused, LookupError) as error:
        raise WeakSettings(str(error)) from error
    print("on record: lines of customers may be listed as recorded")
    return 0


def approve(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.access.errors import NotVisible
    from vaiti.access.promising import may_sign
    from vaiti.ops.commands.person import id_of
    from vaiti.promises.papers import approvals
    from vaiti.promises.papers.index import PAPERS
    from vaiti.promises.papers.sheet import digest

    facts = facts_of(settings)
    every = PAPERS[given.name].every(facts)
    try:
        who = id_of(given.login, facts.now)
        may_sign(who, facts.now)
    except LookupError as error:
        raise WeakSettings(str(error)) from error
    except NotVisible as error:
        raise WeakSettings(f"{given.login} is no data protection officer") from error
    version, seen = facts.wording.version, digest(every)
    approvals.approve(every, version, seen, by=who, now=facts.now)
    print(f"approved as it stands: {every[-1].title}")
    return 0


def instruct(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.ops.commands.person import id_of
    from vaiti.promises.papers import instructions
    from vaiti.promises.papers.processors import ProcessorRefused

    now = clock_of(settings)()
    told = instructions.Told(given.processor, given.text, given.on)
    try:
        instructions.give(told, by=id_of(given.login, now), now=now)
    except (ProcessorRefused, LookupError) as error:
        raise WeakSettings(str(error)) from error
    print(f"on record: {given.processor} was told")
    return 0


def drill(settings: Settings, given: argparse.Namespace) -> int:
    """1 where anything of it could be read."""
    start_django(settings.folder)
    from vaiti.ops.leaving_processors import NOT_SEALED, leave
    from vaiti.promises.papers import processors

    known = {one.name for one in processors.standing()}
    if given.processor not in known:
        there = ", ".join(sorted(known)) or "none"
        raise WeakSettings(f"no processor is called {given.processor}; in the register: {there}")
    wrong = 0
    for one in leave(settings, given.processor, clock_of(settings)()):
        told = f"{one.looked_at} objects read without keys, {one.wrong} of them told something"
        print(f"{one.role}: {told if one.sealed else NOT_SEALED}")
        wrong += one.wrong
    if wrong:
        print("vaiti paper: what is told above lies open to the processor", file=sys.stderr)
    return 1 if wrong else 0
