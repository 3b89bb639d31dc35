"""Where signed checkpoints leave to: what makes a log that was built anew be noticed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outside:
    """`folder` is one that this machine's administrators cannot rewrite, such as a share of another
    organisation; `mail` are addresses of others. Every `hours` the newest checkpoint goes there."""

    folder: str = ""
    mail: tuple[str, ...] = ()
    hours: int = 1


def outside_fault(rules: Outside, mail_host: str) -> str | None:
    """A sentence that says what to change, or None."""
    if not 1 <= rules.hours <= 168:
        return "hours is from 1 to 168; usual is 1"
    if rules.folder and not Path(rules.folder).is_absolute():
        return "folder is a whole path, and best on a disk of somebody else's"
    if rules.mail and not mail_host:
        return "mail needs a server in [mail]"
    if any("@" not in one or " " in one for one in rules.mail):
        return 'mail is a list of addresses, such as ["auditor@example.org"]'
    return None
