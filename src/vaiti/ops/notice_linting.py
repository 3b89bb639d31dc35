"""`vaiti notice lint`: what a notice as a file says, beside the law."""

import argparse
import json
import sys
from pathlib import Path

from vaiti.notice.sentences import Wording
from vaiti.notice.wording import WordingRefused, read
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.first.notice import read_file
from vaiti.ops.settings import WeakSettings, load_settings
from vaiti.promises.lint import Finding, findings


def add_lint(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = verbs.add_parser("lint", help="where the notice is weaker than the law, and what to say")
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", type=Path, help="YAML")
    which.add_argument("--data", type=Path, metavar="DIR", help="the version in force there")
    one.add_argument("--json", action="store_true", help="for programs")
    one.add_argument("--language", choices=("en", "fi", "sv"), default="en")


def lint(file: Path | None, data: Path | None, language: str, *, as_json: bool) -> int:
    """1 where something is found, 2 where there is no notice to judge."""
    try:
        found = findings(in_force(data) if data else wording_of(file))
    except WeakSettings as error:
        print(f"vaiti notice: {error}", file=sys.stderr)
        return 2
    print(_as_json(found) if as_json else _as_text(found, language))
    return 1 if found else 0


def wording_of(file: Path | None) -> Wording:
    """Raises WeakSettings."""
    if file is None:
        raise WeakSettings("name a file, or a data folder with --data")
    try:
        return read(read_file(file))
    except WordingRefused as error:
        raise WeakSettings(f"{file}: {error}") from error


def in_force(data: Path) -> Wording:
    """Raises WeakSettings."""
    settings = load_settings(data)
    start_django(settings.folder)
    from vaiti.promises.standing import wording_at

    return wording_at(clock_of(settings)())


def _as_json(found: list[Finding]) -> str:
    rows = [
        {
            "item": one.item,
            "sentence": one.sentence,
            "source": one.source,
            "problem": dict(one.problem),
            "proposal": dict(one.proposal),
        }
        for one in found
    ]
    return json.dumps({"ok": not rows, "findings": rows}, ensure_ascii=False, indent=1)


def _as_text(found: list[Finding], language: str) -> str:
    if not found:
        return "nothing was found: the notice says what is looked for"
    return "\n\n".join(
        f"{one.item} {f'at {one.sentence}' if one.sentence else 'said nowhere'}:"
        f" {one.problem[language]}\n  source: {one.source}\n  propose: {one.proposal[language]}"
        for one in found
    )
