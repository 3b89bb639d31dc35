"""The first version of the notice: a file of one's own, or the one that comes with the software."""

import difflib
from pathlib import Path

from vaiti.notice.wording import Wording, WordingRefused, change, read
from vaiti.notice.wordings import text_of
from vaiti.ops.first.answers import Answers
from vaiti.ops.notice_agreement import naming
from vaiti.ops.settings import WeakSettings
from vaiti.promises.checks.table import CHECKS

SAYS = {
    "zone": "zone",
    "retention_months": "period_months",
}


def as_in_notice(file: Path, told: dict[str, str]) -> dict[str, str]:
    """The answers that the file gives, with what was told besides.

    Raises WeakSettings for one that says something else than the notice.
    """
    return of_notice(read_file(file), told, str(file))


def of_notice(text: str, told: dict[str, str], file: str) -> dict[str, str]:
    """The same of a text; `file` is what it is called in a refusal."""
    try:
        wording = read(text)
    except WordingRefused as error:
        raise WeakSettings(f"{file}: {error}") from error
    require_checks(wording, file)
    record, promised = wording.controller, wording.promised
    says = {
        "controller": record.name,
        **{key: getattr(record, key) for key in CONTROLLER},
        **{key: str(getattr(promised, name)) for key, name in SAYS.items()},
    }
    for key, value in says.items():
        if told.get(key, value) != value:
            broken = wording.saying(SAYS[key]) if key in SAYS else naming(wording, value)
            words = broken.quoted() if broken else value
            raise WeakSettings(f"--{key.replace('_', '-')} is {told[key]}; the notice says {words}")
    return {**{key: value or "-" for key, value in says.items()}, **told, "notice": text}


def require_checks(wording: Wording, file: str) -> None:
    """Nobody looks at a promise whose check is not there. Raises WeakSettings."""
    for one in wording.sentences:
        for check in one.checks:
            if check not in CHECKS:
                near = difflib.get_close_matches(check, CHECKS, 1)
                hint = f"; is it {near[0]}?" if near else "; docs/promises.md lists them"
                raise WeakSettings(f"{file}: {one.id}: there is no check {check}{hint}")


CONTROLLER = (
    *("business_id", "privacy_contact", "postal_address", "visiting_address"),
    *("telephone", "web", "email"),
)


def read_file(file: Path) -> str:
    """Raises WeakSettings."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WeakSettings(f"{file} cannot be read as a text in UTF-8") from error


def first_text(answers: Answers, version: str) -> str:
    """The file of the first version."""
    if answers.notice:
        return answers.notice
    of_us = {f"controller.{key}": value for key, value in answers.of_the_controller().items()}
    return change(
        text_of("reference"),
        {
            **of_us,
            "version": version,
            "states.zone": answers.zone,
            "states.period_months": str(answers.retention_months),
        },
    )
