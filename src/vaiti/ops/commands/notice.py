"""`vaiti notice`: the notice as a file; how two differ; the next version put forward."""

import argparse
import html
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from vaiti.notice.differing import difference
from vaiti.notice.sentences import LANGUAGES, Wording
from vaiti.notice.wording import WordingRefused, read
from vaiti.notice.wordings import text_of
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.first.notice import read_file, require_checks
from vaiti.ops.notice_linting import add_lint, lint
from vaiti.ops.settings import Settings, WeakSettings

LANGUAGE_NAMES = {"sv": "Svenska", "fi": "Suomi", "en": "English"}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti notice", description="The privacy notice as a file; docs/promises.md."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    showing = verbs.add_parser("show", help="the file of the version in force, or of another")
    add_data(showing)
    showing.add_argument("--version", help="which one")
    beginning = verbs.add_parser("example", help="one of the two files that come along")
    beginning.add_argument("name", choices=("reference", "helpdesk"))
    for verb, says in (
        ("render", "a page in three languages"),
        ("check", "whether it can be kept"),
    ):
        one = verbs.add_parser(verb, help=f"of a file: {says}")
        one.add_argument("file", type=Path)
        if verb == "render":
            one.add_argument("--pdf", type=Path, metavar="OUT", help="write a tagged PDF instead")
            one.add_argument("--language", choices=LANGUAGES, default="fi", help="of the PDF")
    comparing = verbs.add_parser("diff", help="how two files differ, in words and settings")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    putting = verbs.add_parser("propose", help="put a file forward as the next version")
    add_data(putting)
    putting.add_argument("file", type=Path)
    putting.add_argument("--valid-from", type=day, required=True, metavar="YYYY-MM-DD")
    putting.add_argument("--login", required=True, help="who puts it forward")
    add_lint(verbs)
    given = parser.parse_args(arguments)
    if given.verb == "lint":
        return lint(given.file, given.data, given.language, as_json=given.json)
    if "data" in given:
        act = show if given.verb == "show" else propose
        return refusing_weakness(lambda settings: act(settings, given), given.data)
    try:
        return of_files(given)
    except WeakSettings as error:
        print(f"vaiti notice: {error}", file=sys.stderr)
        return 2


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write a day such as 2027-01-01") from error


def of_files(given: argparse.Namespace) -> int:
    """Raises WeakSettings."""
    if given.verb == "example":
        print(text_of(given.name), end="")
    elif given.verb == "render":
        wording = wording_in(given.file)
        if given.pdf:
            given.pdf.write_bytes(paper(wording, given.language))
        else:
            print(page(wording))
    elif given.verb == "check":
        print(told(wording_in(given.file)))
    else:
        for line in compared(wording_in(given.before), wording_in(given.after)):
            print(line)
    return 0


def wording_in(file: Path) -> Wording:
    """Raises WeakSettings."""
    from vaiti.notice.keepable import unkept

    try:
        found = read(read_file(file))
    except WordingRefused as error:
        raise WeakSettings(f"{file}: {error}") from error
    for broken in unkept(found):
        raise WeakSettings(f"{file}: {broken}")
    require_checks(found, str(file))
    return found


def told(wording: Wording) -> str:
    many = len(wording.sentences)
    return (
        f"{wording.name} {wording.version}: {many} sentences, all settings stated. It can be kept."
    )


def compared(before: Wording, after: Wording) -> Iterator[str]:
    """As lines: what was with -, what will be with +."""
    found = difference(before, after)
    for setting in found.settings:
        yield f"{setting.name}: {setting.before or '(none)'} -> {setting.after or '(none)'}"
    for words in found.words:
        for lang in LANGUAGES:
            if words.before[lang] != words.after[lang]:
                yield f"{words.id} {lang}"
                yield from (f"  - {words.before[lang]}",) if words.before[lang] else ()
                yield from (f"  + {words.after[lang]}",) if words.after[lang] else ()
    if not (found.words or found.settings):
        yield "They say and promise the same."


def page(wording: Wording) -> str:
    """One page of HTML that needs nothing else, the three languages after each other."""
    parts = "\n".join(_article(wording, lang) for lang in LANGUAGES)
    title = html.escape(wording.controller.name)
    return (
        '<!doctype html>\n<html lang="sv">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<main>\n{parts}\n</main>\n</html>"
    )


def paper(wording: Wording, language: str) -> bytes:
    """A version that is only written, as it would be on paper."""
    from vaiti.promises.papers import notice
    from vaiti.web.sheets import pdf

    day = datetime.now(UTC).date()
    return pdf(notice.sheet(wording, None, language), wording.controller.name, day)


def _article(wording: Wording, lang: str) -> str:
    found = [f'<article lang="{lang}">', f"<h1>{LANGUAGE_NAMES[lang]}</h1>"]
    for one in wording.sentences:
        if one.id in wording.headings:
            found.append(f"<h2>{html.escape(wording.headings[one.id][lang])}</h2>")
        found.append(f'<p id="{one.id}-{lang}">{html.escape(one.text[lang])}</p>')
    return "\n".join([*found, "</article>"])


def show(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.notice import versions

    now = clock_of(settings)()
    every = {one.version: one for one in versions.archive()}
    found = every.get(given.version) if given.version else versions.in_force(now)
    if found is None or not found.file:
        print("vaiti notice: there is no file of that version", file=sys.stderr)
        return 1
    print(found.file, end="")
    return 0


def propose(settings: Settings, given: argparse.Namespace) -> int:
    """Raises WeakSettings."""
    start_django(settings.folder)
    from vaiti.notice import proposals, versions
    from vaiti.ops.commands.person import id_of

    text, now = read_file(given.file), clock_of(settings)()
    try:
        since = begins(given.valid_from, wording_in(given.file).promised.zone)
        by = id_of(given.login, now).hex
        proposals.propose(text, valid_from=since, by=by, now=now)
    except (versions.NoticeError, LookupError) as error:
        raise WeakSettings(str(error)) from error
    print(
        "Put forward. It holds when the data protection officer and an administrator have both "
        "signed it on the page Versions of the notice, before its day."
    )
    return 0


def begins(wanted: date, zone: str) -> datetime:
    """Midnight there."""
    return datetime.combine(wanted, time(), ZoneInfo(zone)).astimezone(UTC)
