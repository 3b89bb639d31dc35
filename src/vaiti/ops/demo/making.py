"""Makes the demo's data folder: a data folder like any other, marked as a demo."""

import os
import random
import socket
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import Final

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
from vaiti.ops.settings import FILE, load_settings
from vaiti.ops.settings_file import add as add_to_settings

PHONE = "phone.demo"
QUIET_PORTS: Final = range(25_000, 32_000)
"""Below those that systems lend to connections outwards."""
MOST_CLAIMS: Final = 64
CLAIMS: Final[deque[int]] = deque()
"""Sockets of this process whose names are ports that it was given, the oldest first."""
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


def free_port(wanted: int, kinds: tuple[socket.SocketKind, ...]) -> int:
    """The wanted port of this machine's own address if it is free, else one that is.

    One that no connection outwards is given by chance, between now and its use, and no other
    program that asks here.
    """
    port = wanted or random.choice(QUIET_PORTS)
    found = try_port(port, kinds)
    return found if found and claim(found) else free_port(0, kinds)


def claim(port: int) -> bool:
    """Whether nobody else has claimed it. The kernel takes the claim back when this process ends,
    and it ends before where many ports were claimed since."""
    mine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mine.bind(f"\0vaiti-port-{port}")  # a name that is in no folder
    except OSError:
        mine.close()
        return False
    CLAIMS.append(mine.detach())
    if len(CLAIMS) > MOST_CLAIMS:
        os.close(CLAIMS.popleft())
    return True


def try_port(port: int, kinds: tuple[socket.SocketKind, ...]) -> int:
    """The port, bound for each kind for a moment; 0 when one of them is taken."""
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return 0
            port = probe.getsockname()[1]
    return port
