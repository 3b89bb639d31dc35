"""Makes a data folder: settings file, keys, database, first notice, first administrator."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from vaiti.ops.django_start import start_django
from vaiti.ops.first.answers import Answers
from vaiti.ops.first.notice import first_text
from vaiti.ops.settings import FILE, WeakSettings, load_settings
from vaiti.vault.keyfiles import make_passphrase, make_signing_pair, write_secret

ADDRESSES = ("postal_address", "visiting_address", "telephone")
FOLDERS = ("journal", "store", "keys", "secrets", "run", "logs", "checkpoints")

DEMO = "\ndemo = true  # its clock can be moved, its passwords are known\n"
DEMO_SIGN_IN = """
[sign_in]
second_factor = false  # in a demo only; a real register asks administrators for one
"""


def make(folder: Path, answers: Answers, now: datetime) -> None:
    """Makes the data folder. Raises WeakSettings, and leaves nothing of it then."""
    with made_whole(folder):
        for name in FOLDERS:
            (folder / name).mkdir(mode=0o700)
        write_secret(folder / FILE, settings_text(answers).encode())
        make_secrets(folder / "secrets")
        settings = load_settings(folder)
        start_django(folder)
        from vaiti.ops.first.rows import enter
        from vaiti.ops.residency import attest_machine

        enter(answers, first_text(answers, f"{now:%Y-%m}"), now)
        attest_machine(settings, now)


@contextmanager
def made_whole(folder: Path) -> Iterator[None]:
    """Makes the folder, or takes an empty one; removes what is in it when making it fails."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise WeakSettings(f"{folder} is not empty; name a folder that is new")
        folder.chmod(0o700)
    except OSError as error:
        raise WeakSettings(f"{folder} cannot be made: {error.strerror}") from error
    try:
        yield
    except BaseException:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def make_secrets(folder: Path) -> None:
    make_passphrase(folder / "keystore.passphrase")
    for name in ("grant", "orders", "checkpoint"):
        make_signing_pair(folder, name)
    write_secret(folder / "django.key", secrets.token_urlsafe(48).encode())


def settings_text(answers: Answers) -> str:
    """The settings file, with a word on each thing that one may want to change."""
    return served_text(answers) + kept_text(answers)


def served_text(answers: Answers) -> str:
    demo = DEMO if answers.demo else ""
    sign_in = DEMO_SIGN_IN if answers.demo and not answers.second_factor else ""
    return f"""\
# Settings of Vaiti. Every key is described in docs/settings.md. After a change: restart; peers are
# followed at once.
{demo}
[controller]
name = {quoted(answers.controller)}
business_id = {quoted(answers.business_id)}
privacy_contact = {quoted(answers.privacy_contact)}
{addresses(answers)}
[register]
country = {quoted(answers.country)}  # numbers without a country code are read as of here

[web]
host = "127.0.0.1"  # only this machine; for others put a proxy with TLS before it
port = {answers.web_port}
hosts = ["localhost", "127.0.0.1"]  # the names that browsers use
https = false  # true when a proxy with TLS stands before it
{sign_in}
[recorder]
host = "127.0.0.1"  # where SIP is received; another address also needs: public = true
port = {answers.sip_port}
media_host = "127.0.0.1"  # where speech is received
# rtp_ports = "30000-33999"  # the ports of speech, for a firewall: four for each of most_calls
# keeper = true  # calls outlive a recorder that dies or is replaced: docs/keeper.md
"""


def kept_text(answers: Answers) -> str:
    return f"""
[training]
months = 12  # how long a passed section of the course counts

[number_codes]  # one-time codes by which people prove a number: docs/rights.md
command = []  # a program that reads number and text, such as ["/usr/local/bin/send-message"]

[database]
url = {quoted(answers.database_url)}  # empty: SQLite in this folder; or postgresql://user@host/name

[[place]]  # where data lies, in the European Union or the EEA: docs/residency.md
role = "machine"
provider = {quoted(answers.controller)}
country = {quoted(answers.country)}
contract = "our own machine"

# Who may send calls: vaiti peer add. Which lines are recorded: vaiti line add.
# There is more to set, such as [mail] and [backup].
"""


def addresses(answers: Answers) -> str:
    """Those that stand on receipts and letters, as the notice has them."""
    given = ((key, getattr(answers, key)) for key in ADDRESSES)
    return "".join(f"{key} = {quoted(value)}\n" for key, value in given if value)


def quoted(text: str) -> str:
    """A basic string of TOML 1.0."""
    escaped = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 32 or letter in '"\\\x7f' else letter
        for letter in text
    )
    return f'"{escaped}"'
