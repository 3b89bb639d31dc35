"""Makes the demo's data folder: a data folder like any other, marked as a demo."""

import socket
from datetime import datetime
from pathlib import Path

from vaiti.notice.wordings import text_of
from vaiti.ops.demo.authority import Authority
from vaiti.ops.demo.people import (
    BUSINESS_ID,
    EMAIL,
    PASSWORD,
    PEER,
    POST,
    POSTAL_ADDRESS,
    PRIVACY_CONTACT,
    TELEPHONE,
    VISITING_ADDRESS,
    WEB,
    Organisation,
)
from vaiti.ops.first.answers import Answers
from vaiti.ops.first.deployment import make
from vaiti.ops.first.notice import of_notice
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.settings import FILE, load_settings
from vaiti.ops.settings_file import add as add_to_settings

PHONE = "phone.demo"
PEER_TEXT = f"""
[[peer]]
name = "{PEER}"
addresses = ["127.0.0.1/32", "::1/128"]
transports = ["udp", "tcp", "tls"]
certificates = ["{PHONE}"]
silence_s = 10.0
"""
RECORDER_TEXT = """\
keeper = true  # calls outlive the recorder
transports = ["udp", "tcp", "tls"]
tls_port = {port}
tls_certificate = "secrets/recorder.demo.crt"
tls_key = "secrets/recorder.demo.key"
tls_peers = "secrets/authority.crt"
"""
ACTIVITIES_TEXT = """
[activities]
lines = [{lines}]  # whose balancing tests the demo takes as filed
"""
AGENT_FEED_TEXT = """
[agent_feed]
settle_seconds = 1  # nobody waits in a demo
"""
MAILBOX = "mailbox"
MAILBOX_TEXT = f"""
[mailbox]
folder = "{MAILBOX}"  # drop a mail into its folder new, as a mail server would
seconds = 5
"""
CASES_TEXT = """
[cases]
handlers = 1  # a demo has one; a real register has two at least
"""
PREMISES_TEXT = """
[controller.postal_in]
fi = "PL 6, 00011 POSTI"

[controller.visiting_in]
fi = "Postiljooninkatu 7 A, Helsinki"
sv = "Postrutten 7 A, Helsingfors"

[[premises]]
name = "helsinki"
label = "Posti, Helsinki"
label_in = { sv = "Posti, Helsingfors" }
address = "Postrutten 7 A, 00230 Helsinki"
room = "Room 2, ground floor"
room_in = { fi = "Huone 2, katutaso", sv = "Rum 2, bottenvåningen" }
access = "Step-free; headphones and an induction loop are there."

[premises.address_in]
fi = "Postiljooninkatu 7 A, 00230 Helsinki"
sv = "Postrutten 7 A, 00230 Helsingfors"

[premises.access_in]
fi = "Esteetön; kuulokkeet ja induktiosilmukka ovat paikalla."
sv = "Utan trappsteg; hörlurar och hörslinga finns."
"""
BANK_PREMISES_TEXT = """
[[premises]]
name = "mariehamn"
label = "Skärgårdsbanken, Mariehamn"
address = "Torggatan 3, 22100 Mariehamn"
address_in = { fi = "Torikatu 3, 22100 Maarianhamina" }
"""
RECORDS_TEXT = """
[canary]
minutes = 0  # a demo is for the calls that somebody places

[completeness]
settle_minutes = 0  # nobody waits in a demo

[[records]]  # what the test phone's own list of calls would look like
name = "test-phone"
line = ["caller", "called"]
start = "answered"
seconds = "seconds"
"""


def make_demo(
    folder: Path,
    web_port: int,
    sip_port: int,
    database_url: str,
    now: datetime,
    *,
    second_factor: bool = False,
    organisation: Organisation = POST,
) -> None:
    """With `second_factor` some roles must show one, as in a real register. Raises WeakSettings."""
    told = _controller(organisation)
    months = int(told.pop("retention_months", "6"))
    answers = Answers(
        **told,
        retention_months=months,
        database_url=database_url,
        admin_login=organisation.administrator.login,
        admin_name=organisation.administrator.name,
        admin_password=PASSWORD,
        web_port=web_port,
        sip_port=sip_port,
        demo=True,
        second_factor=second_factor,
    )
    make(folder, answers, now)
    secure(folder, free_port(sip_port + 1, (socket.SOCK_STREAM,)))
    _set_up(folder, organisation)
    from django.db import connections

    from vaiti.ops.demo.papers import enter_papers
    from vaiti.ops.demo.rows import enter_everybody
    from vaiti.ops.first.training import term_of

    settings = load_settings(folder)
    enter_everybody(term_of(settings, now), now, organisation)
    enter_papers(settings, now)
    connections.close_all()


def _set_up(folder: Path, organisation: Organisation) -> None:
    """What a demo's settings have beyond those of a first start, and its mailbox."""
    lines = ", ".join(f'"{one}"' for one in organisation.training_lines)
    activities = ACTIVITIES_TEXT.format(lines=lines)
    texts = (PEER_TEXT, activities, AGENT_FEED_TEXT, RECORDS_TEXT, MAILBOX_TEXT, CASES_TEXT)
    premises = PREMISES_TEXT if organisation is POST else BANK_PREMISES_TEXT
    add_to_settings(folder, "".join((*texts, premises)))
    for part in ("new", "cur", "tmp"):
        (folder / MAILBOX / part).mkdir(parents=True)


def _controller(of: Organisation) -> dict[str, str]:
    """As its notice names it. Raises WeakSettings."""
    if of.notice:
        return of_notice(text_of(of.notice), {}, of.notice)
    return {
        "controller": of.name,
        "business_id": BUSINESS_ID,
        "privacy_contact": PRIVACY_CONTACT,
        "postal_address": POSTAL_ADDRESS,
        "visiting_address": VISITING_ADDRESS,
        "telephone": TELEPHONE,
        "web": WEB,
        "email": EMAIL,
    }


def secure(folder: Path, port: int) -> None:
    """SIP over TLS at this port, with certificates of the demo's own for recorder and phone."""
    secrets = folder / "secrets"
    authority = Authority(secrets)
    authority.issue("recorder.demo")
    authority.issue(PHONE)
    path = folder / FILE
    head, section, rest = path.read_text().partition("[recorder]\n")
    path.write_text(f"{head}{section}{RECORDER_TEXT.format(port=port)}{rest}")
