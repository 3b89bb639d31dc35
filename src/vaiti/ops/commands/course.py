"""`vaiti course` and `vaiti undertaking`: what people must learn and promise, with evidence."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.commands.person import BY, id_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from vaiti.people.expiry import Term

Act = Callable[[argparse.Namespace, "Term", datetime], str]
"""Does what the command line says; answers what it did."""


def main(arguments: Sequence[str]) -> int:
    return run("course", "The course that all who hear calls must pass.", arguments, course)


def undertaking_main(arguments: Sequence[str]) -> int:
    says = "The undertaking of secrecy that all who hear calls must give."
    return run("undertaking", says, arguments, undertaking)


def run(name: str, description: str, arguments: Sequence[str], act: Act) -> int:
    parser = argparse.ArgumentParser(prog=f"vaiti {name}", description=description)
    verbs = parser.add_subparsers(dest="verb", required=True)
    loading = verbs.add_parser("load", help="load the next version, given from now on")
    loading.add_argument("file", nargs="?", type=Path, help="TOML; else the one of Vaiti itself")
    importing = verbs.add_parser("import", help="enter evidence from elsewhere")
    importing.add_argument(
        "file", type=Path, help="CSV, UTF-8; its columns are described in docs/training.md"
    )
    withdrawing = verbs.add_parser("withdraw", help="a person's evidence counts no more")
    withdrawing.add_argument("--login", required=True, help="whose")
    listing = verbs.add_parser("list", help="who is ready to hear calls")
    for verb in (loading, importing, withdrawing, listing):
        add_data(verb)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: told(name, settings, given, act), given.data)


def told(name: str, settings: Settings, given: argparse.Namespace, act: Act) -> int:
    start_django(settings.folder)
    from vaiti.ops.first.training import NotReadable, term_of
    from vaiti.people.course_text import CourseError
    from vaiti.people.evidence import EvidenceRefused
    from vaiti.people.secrecy import SecrecyError
    from vaiti.people.training import TrainingError

    now = clock_of(settings)()
    try:
        if given.verb == "list":
            list_ready(now)
        else:
            print(act(given, term_of(settings, now), now))
    except EvidenceRefused as refused:
        for problem in refused.problems:
            print(f"vaiti {name}: {problem}", file=sys.stderr)
        print(f"vaiti {name}: nothing was entered", file=sys.stderr)
        return 1
    except (NotReadable, CourseError, SecrecyError, TrainingError, LookupError) as error:
        print(f"vaiti {name}: {error}", file=sys.stderr)
        return 1
    return 0


def course(given: argparse.Namespace, term: "Term", now: datetime) -> str:
    from vaiti.ops.first.training import COURSE, table_in, text_in
    from vaiti.people import evidence, training

    if given.verb == "load":
        table = table_in(given.file or COURSE)
        shortened = training.load_course(table, term, by=BY, now=now)
        return f"loaded; {shortened} passed sections now count until retrain_by"
    if given.verb == "import":
        done = evidence.import_training(text_in(given.file), term, by=BY, now=now)
        return f"{done.added} passed sections entered, {done.known} were known"
    training.withdraw(id_of(given.login, now), by=BY, now=now)
    return "the training counts no more"


def undertaking(given: argparse.Namespace, term: "Term", now: datetime) -> str:
    from vaiti.ops.first.training import UNDERTAKING, table_in, text_in
    from vaiti.people import evidence, secrecy

    if given.verb == "load":
        table = table_in(given.file or UNDERTAKING)
        ended = secrecy.publish(table, term, by=BY, now=now)
        return f"published; {ended} earlier undertakings now count until again_by"
    if given.verb == "import":
        done = evidence.import_undertakings(text_in(given.file), term, by=BY, now=now)
        return f"{done.added} undertakings entered, {done.known} were known"
    secrecy.withdraw(id_of(given.login, now), by=BY, now=now)
    return "the undertaking counts no more"


def list_ready(now: datetime) -> None:
    from vaiti.people import book
    from vaiti.people.readiness import overview

    logins = {card.id: card.login for card in book.persons(now)}
    for line in overview(logins, now):
        until = line.ready.trained_until
        trained = f"trained until {until:%Y-%m-%dT%H:%MZ}" if until else "NOT trained"
        sworn = f"undertaking of {line.signed_on}" if line.ready.sworn else "NO undertaking"
        print(f"{logins[line.person_id]}  {trained}; {sworn}")
