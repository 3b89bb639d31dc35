"""What must be known before the first start."""

import getpass
from dataclasses import dataclass
from pathlib import Path

from vaiti.ops.settings import WeakSettings

BY = "system:init"


@dataclass(frozen=True, slots=True)
class Answers:
    """`admin_*` are of the first administrator; `database_url` is empty for SQLite.

    `notice` is the text of a notice of one's own; empty: the one that comes with the software.
    """

    controller: str
    business_id: str
    privacy_contact: str
    admin_login: str
    admin_name: str
    admin_password: str
    zone: str = "Europe/Helsinki"
    retention_months: int = 6
    language: str = "en"
    country: str = "FI"
    web_port: int = 8840
    sip_port: int = 5060
    database_url: str = ""
    demo: bool = False
    second_factor: bool = True
    postal_address: str = ""
    visiting_address: str = ""
    telephone: str = ""
    web: str = ""
    email: str = ""
    notice: str = ""

    def of_the_controller(self) -> dict[str, str]:
        """As the notice's controller record has it (N-01, N-02)."""
        named = {name: getattr(self, name) for name in RECORD}
        return {"name": self.controller, "desk_name": self.controller, **named}


RECORD = (
    *("business_id", "privacy_contact", "postal_address", "visiting_address"),
    *("telephone", "web", "email"),
)
QUESTIONS = (
    ("controller", "Who answers for the register (name of the controller)?", ""),
    ("business_id", "Its business id?", ""),
    ("privacy_contact", "Address of the data protection officer?", ""),
    ("postal_address", "Its postal address?", ""),
    ("visiting_address", "The address where people may come?", ""),
    ("telephone", "Its telephone number?", ""),
    ("web", "Its address on the web, where people ask for their rights?", ""),
    ("email", "Its address for e-mail?", ""),
    ("zone", "Time zone in which months are counted?", "Europe/Helsinki"),
    ("retention_months", "Months that a recording is kept?", "6"),
    ("admin_name", "Name of the first administrator?", ""),
    ("admin_login", "Login of the first administrator?", ""),
)
NUMBERS = ("retention_months", "web_port", "sip_port")


FIRST = "the first administrator"


def ask(given: dict[str, str], password_file: Path | None) -> Answers:
    """Asks for what the command line did not say. Raises WeakSettings."""
    told = dict(given)
    for name, question, usual in QUESTIONS:
        while not told.get(name):
            told[name] = input(f"{question}{f' [{usual}]' if usual else ''} ").strip() or usual
    for name in NUMBERS:
        if not told.get(name, "0").isdigit():
            raise WeakSettings(f"{name.replace('_', ' ')} is a whole number")
    numbers = {name: int(told.pop(name)) for name in NUMBERS if name in told}
    return Answers(**told, **numbers, admin_password=password(password_file, FIRST))  # type: ignore[arg-type]


def password(file: Path | None, whose: str) -> str:
    """From the first line of a file, or typed twice; a command line could be seen by others."""
    if file:
        try:
            return file.read_text().split("\n", 1)[0]
        except OSError as error:
            raise WeakSettings(f"{file} cannot be read: {error.strerror}") from error
    first = getpass.getpass(f"Password of {whose} (12 characters or more)? ")
    if getpass.getpass("Once more? ") != first:
        raise WeakSettings("the two passwords differ; nothing was made")
    return first
