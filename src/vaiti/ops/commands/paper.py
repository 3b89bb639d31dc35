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
from vaiti.ops.stores import open_store

if TYPE_CHECKING:
    from vaiti.promises.papers.facts import Facts
    from vaiti.promises.papers.sheet import Sheet

BY = "system:command-line"
NAMES = ("announcements", "staff", "record", "dpia", "processors", "joint", "year")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti paper", description="What follows from the notice in force; docs/papers.md."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
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
    drilling = verbs.add_parser(
        "exit-drill", help="read all that a processor's store has, without keys, and note it"
    )
    add_data(drilling)
    drilling.add_argument("--processor", required=True, help="its name in the register")
    given = parser.parse_args(arguments)
    acts = {"write": write, "dpv": tell, "dialogue": talk, "exit-drill": drill}
    return refusing_weakness(lambda settings: acts[given.verb](settings, given), given.data)


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


def drill(settings: Settings, given: argparse.Namespace) -> int:
    """1 where anything of it could be read."""
    start_django(settings.folder)
    from vaiti.promises import exit_drill
    from vaiti.promises.papers import processors

    known = {one.name for one in processors.standing()}
    if given.processor not in known:
        there = ", ".join(sorted(known)) or "none"
        raise WeakSettings(f"no processor is called {given.processor}; in the register: {there}")
    found = exit_drill.drill(open_store(settings))
    processors.note_drill(
        given.processor,
        "store",
        looked_at=found.looked_at,
        wrong=found.wrong,
        by=None,
        now=clock_of(settings)(),
    )
    print(f"{found.looked_at} objects read without keys, {found.wrong} of them told something")
    if found.wrong:
        print("vaiti paper: what is told above lies open to the processor", file=sys.stderr)
    return 1 if found.wrong else 0
