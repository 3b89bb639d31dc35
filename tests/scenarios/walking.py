"""A person and their handlers in real browsers, before a deployment that runs."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page

from ops import imap_server
from ops.postbox import Postbox
from scenarios.worlds import World, place
from vaiti.ops.demo.people import PASSWORD, SERVICE_LINE
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.world import PATIENCE, VAITI, Said, wait_for
from vaiti.ops.phone.sound import write_wave
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.voices.dialogue import dialogue
from vaiti.people.trust_network import LEVELS
from web.bank import CLIENT, Bank, bank_at

ADDRESS = "kundtjanst@posti.example"
CODE = re.compile(r"[A-Z0-9]{5}(-[A-Z0-9]{5}){3}")
MAKE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from vaiti.ops.demo.making import make_demo
folder, web, sip, database = sys.argv[1:]
make_demo(Path(folder), int(web), int(sip), database, datetime.now(UTC))
"""
MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
authority = "{authority}"
sender = "register@posti.example"
address = "http://127.0.0.1"

[mailbox]
host = "127.0.0.1"
port = {imap}
authority = "{certificate}"
user = "vaiti"
password_file = "mailbox.password"
published = ["{address}"]
seconds = 5
"""
IDENTITY = """
[identity]
profile = "ftn"
issuer = "{issuer}"
label = "Pankki"
client_id = "{client}"
service = {{ fi = "Postin puhelut" }}
signing_keys = ["sign.pem"]
encryption_keys = ["open.pem"]
"""


@dataclass
class Office:
    """`calls`: each a customer's, in the register. `post` is what was sent by SMTP, `box` the
    mailbox of requests, `bank` where people show who they are. `erasing` is a case whose call is
    being erased, with the person's code."""

    world: World
    post: Postbox
    box: imap_server.Server
    bank: Bank
    calls: list[Said] = field(default_factory=list)
    erasing: str = ""
    secret: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.world.web_port}"

    def today(self, ahead: int = 0) -> str:
        day = datetime.now(ZoneInfo("Europe/Helsinki")) + timedelta(days=ahead)
        return f"{day.day}.{day.month}.{day.year}"

    def one(self, question: str) -> Any:  # noqa: ANN401 - a column of any type
        ((found,),) = self.world.rows(question)
        return found

    def case(self, channel: str) -> str:
        """The newest that came this way: its id."""
        asked = f"SELECT id FROM rights_case WHERE channel = '{channel}' ORDER BY serial DESC"
        return plain_id(self.world.rows(asked)[0][0])

    def number(self, case: str) -> str:
        rows = self.world.rows("SELECT id, year, serial FROM rights_case")
        return next(f"R-{year}-{at}" for one, year, at in rows if plain_id(one) == case)

    def state(self, case: str) -> str:
        rows = self.world.rows("SELECT id, state, outcome FROM rights_case")
        return next(f"{state} {how}".strip() for one, state, how in rows if plain_id(one) == case)

    def ask(self, token: str, path: str, body: bytes | None = None) -> bytes:
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with urlopen(Request(f"{self.address}/api/v1/{path}", body, head), timeout=30) as answer:
            return bytes(answer.read())


@contextmanager
def office(folder: Path, database: str, customers: list[str]) -> Iterator[Office]:
    """A demo of its own whose mail goes by SMTP and comes by IMAP, with a call of each customer."""
    ports = free_port(0, (socket.SOCK_STREAM,)), free_port(0, (socket.SOCK_DGRAM,))
    world = World(folder / "data", folder, *ports, PASSWORD, database_url=database)
    made = [sys.executable, "-c", MAKE, str(world.data), *map(str, ports), database]
    subprocess.run(made, check=True, timeout=PATIENCE)
    with ExitStack() as stack:
        box = stack.enter_context(imap_server.running())
        post = Postbox(box.certificate)
        server = post.start()
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        settle_mail(world, post, box)
        bank = stack.enter_context(bank_at(LEVELS[0]))
        settle_bank(world, bank)
        stack.callback(stop, world)
        start(world, folder / "out")
        yield Office(world, post, box, bank, placed(world, customers))


def settle_mail(world: World, post: Postbox, box: imap_server.Server) -> None:
    (world.data / "secrets" / "mailbox.password").write_text(f"{imap_server.PASSWORD}\n")
    path = world.data / "vaiti.toml"
    text, found = re.subn(r"\[mailbox\]\n(?:[^\[\n].*\n)*", "", path.read_text())
    assert found == 1
    told = {"port": post.port, "authority": post.certificate, "imap": box.port}
    told |= {"certificate": box.certificate, "address": ADDRESS}
    path.write_text(text + MAIL.format(**told))


def settle_bank(world: World, bank: Bank) -> None:
    """As an operator does it; only that browsers reach a demo without TLS."""
    for purpose, file in (("signing", "sign.pem"), ("encryption", "open.pem")):
        made = ("identity", "key", "--purpose", purpose, "--file", file)
        world.vaiti(*made, "--data", str(world.data))
    with (world.data / "vaiti.toml").open("a") as settings:
        settings.write(IDENTITY.format(issuer=bank.issuer, client=CLIENT))
    shown = world.vaiti("identity", "show", "--host", "127.0.0.1", "--data", str(world.data))
    us = f"http://127.0.0.1:{world.web_port}"
    bank.register(json.loads(shown.replace("https://127.0.0.1", us)))


def start(world: World, output: Path) -> None:
    command = [*VAITI, "demo", "--data", str(world.data), "--no-calls"]
    with output.open("wb") as printed:
        world.demo = subprocess.Popen(
            command, stdout=printed, stderr=printed, start_new_session=True
        )
    wait_for("the demo did not start", lambda: b"is up at" in output.read_bytes(), 120)


def stop(world: World) -> None:
    if world.demo is not None and world.demo.poll() is None:
        world.demo.terminate()
        world.demo.wait(PATIENCE)


def placed(world: World, customers: list[str]) -> list[Said]:
    spoken = dialogue(7, 4, "sv")
    waves = [world.workshop / name for name in ("a.wav", "c.wav")]
    for path, wave in zip(waves, (spoken.agent, spoken.customer), strict=True):
        write_wave(path, wave)
    calls = [Said(one, SERVICE_LINE, "anna.astrom", seconds=4) for one in customers]
    for one in calls:
        one.agent_wave, one.customer_wave = waves
    place(world, calls)
    asked = "SELECT id, customer FROM register_call"
    wait_for("calls are not in the register", lambda: len(world.rows(asked)) >= len(calls))
    known = {str(customer): plain_id(call) for call, customer in world.rows(asked)}
    for one in calls:
        one.call = known[f"{one.customer[:-3]}***"]
    return calls


def request_mail(text: str, sender: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, ADDRESS, "Pyyntö"
    made["Date"] = datetime.now(UTC)
    made["Message-ID"] = "<walked-1@example.fi>"
    made.set_content(text)
    return made.as_bytes()


@dataclass
class Handler:
    """Somebody of the office at a case. Each button is pressed where it stands on the page."""

    office: Office
    page: Page
    case: str = ""

    def look(self) -> None:
        self.page.goto(f"{self.office.address}/cases/{self.case}/")

    def press(self, act: str, at: int = 0, **chosen: str) -> None:
        """A form of the case's page: `chosen` are boxes and circles by name, as they are ticked."""
        self.look()
        form = self.page.locator(f"form[action='/cases/{self.case}/do/{act}']").nth(at)
        for name, value in chosen.items():
            for one in value.split():
                form.locator(f"[name='{name}'][value='{one}']").check()
        self.submit(form.locator("button").first)

    def submit(self, button: Any) -> None:  # noqa: ANN401 - a locator
        with self.page.expect_navigation():
            button.click()
        assert not self.page.locator("main .message.bad").count(), self.page.inner_text("main")

    def found(self, call: str) -> None:
        """Searched by the case's own days and number; the one call is held and confirmed."""
        self.press("search")
        assert "Calls found: 1." in self.page.inner_text("main")
        self.submit(self.page.locator(f"form[action$='/do/name']:has([value='{call}']) button"))
        for act in ("confirm", "searched"):
            self.press(act)

    def granted(self) -> None:
        for act in ("grant-rest", "decided"):
            self.press(act)

    def refuse(self, officer: "Handler", ground: str, why: str) -> None:
        self.look()
        if "It cannot be found out who asks" in self.page.inner_text("main"):
            self.page.click("summary:has-text('It cannot be found out')")
        form = self.page.locator("form[action$='/do/decide']")
        form.locator("[name=outcome][value=refused]").check()
        form.locator("#ground").select_option(ground)
        form.locator("#words").fill(why)
        self.submit(form.locator("button"))
        officer.case = self.case
        officer.press("review")
        self.press("decided")

    def letter(self, how: str, kind: str = "") -> str:
        """Drafted with one press where the page offers it, or the letter `kind`; sent as it is:
        nothing that the register knows is left blank."""
        if kind:
            self.page.goto(f"{self.office.address}/letters/{self.case}/")
            self.page.select_option("[name=kind]", kind)
            self.submit(self.page.locator(f"form[action='/letters/{self.case}/'] button"))
        else:
            self.look()
            self.submit(self.page.locator(f"form[action='/letters/{self.case}/'] button"))
        return self.sent(how)

    def sent(self, how: str) -> str:
        said = "\n".join(one.input_value() for one in self.page.locator("textarea").all())
        assert not re.search(r"\[[^\]\n]{1,40}\]", said), said
        self.page.select_option("#how", how)
        self.submit(self.page.locator("button[value=send]"))
        return said

    def copied(self) -> tuple[str, str]:
        """The address at which the person fetches the copy, and its password."""
        self.page.goto(f"{self.office.address}/copies/{self.case}/")
        self.page.locator("form:has(#language) [type=checkbox]").first.check()
        self.submit(self.page.locator("form:has(#language) button"))
        password, address = self.page.locator("main code").all_inner_texts()
        return address, password

    def closed(self) -> None:
        assert self.office.state(self.case) == "fulfilled"
        self.press("close")


@dataclass
class Street:
    """Browsers: everybody has their own."""

    office: Office
    browser: Browser

    def person(self, locale: str) -> Page:
        page = self.browser.new_context(locale=locale, accept_downloads=True).new_page()
        page.set_default_timeout(30_000)
        return page

    def staff(self, login: str) -> Handler:
        page = self.person("en-GB")
        page.goto(f"{self.office.address}/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        page.click(".tongues button[value=en]")
        page.wait_for_selector("html[lang=en]")
        return Handler(self.office, page)
