"""`vaiti notice lint`: what a notice as a file says, beside the law."""

import argparse
import json
import sys
from pathlib import Path

from vaiti.notice.wording import WordingRefused, read
from vaiti.notice.wordings import text_of
from vaiti.promises.lint import Finding, findings


def add_lint(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = verbs.add_parser("lint", help="where the notice is weaker than the law, and what to say")
    one.add_argument("file", nargs="?", type=Path, help="YAML; without one, the reference")
    one.add_argument("--json", action="store_true", help="for programs")
    one.add_argument("--language", choices=("en", "fi", "sv"), default="en")


def lint(file: Path | None, language: str, *, as_json: bool) -> int:
    """1 where something is found, 2 where the file is no notice."""
    try:
        found = findings(read(file.read_text("utf-8") if file else text_of("reference")))
    except OSError as error:
        print(f"vaiti notice: the file cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print("vaiti notice: the file is not UTF-8; save it as such", file=sys.stderr)
        return 2
    except WordingRefused as error:
        print(f"vaiti notice: {error}", file=sys.stderr)
        return 2
    print(_as_json(found) if as_json else _as_text(found, language))
    return 1 if found else 0


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
