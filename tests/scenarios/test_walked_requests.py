"""Each channel and each right from the first word to the closed case, in real browsers, with
servers of SMTP and IMAP: the deployment as a person would start it.

`VAITI_WALK=sqlite ./vaiti test -n 0 tests/scenarios/test_walked_requests.py`, or `postgresql`,
walks them.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, sync_playwright

from browser.looking import ARGUMENTS, CHROMIUM
from ops import imap_server
from scenarios.walking import CODE, Handler, Office, Street, office, request_mail
from scenarios.worlds import postgresql
from vaiti.ops.outside.world import wait_for
from vaiti.people.trust_network import LEVELS
from web.bank import NAME

pytestmark = pytest.mark.timeout(600)

WEB, DESK, PORTAL = "+358405550101", "+358405551102", "+358405552103"
LIKE = "I remember that we spoke of a parcel that did not come."
PDF = b"%PDF-1.7\nA letter that nobody signed.\n%%EOF\n"
SIGNED, SWEEPS = 60.0, 150.0
HOUR = 3700.0
"""After which the recorder writes to another file, and nothing in its journal holds the call."""
CLOSED = "closed granted"
WISHED = (
    *("information", "rectification", "completion"),
    *("restriction", "objection", "portability"),
)


def soon() -> str:
    return (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def stamp() -> str:
    return datetime.now(UTC).strftime("%d-%b-%Y %H:%M:%S +0000")


@pytest.fixture(scope="module")
def place() -> Iterator[Office]:
    if not CHROMIUM or imap_server.absent():
        pytest.skip("needs root and the Debian packages chromium and dovecot-imapd")
    with ExitStack() as stack:
        database = ""
        if os.environ.get("VAITI_WALK") == "postgresql":
            database = stack.enter_context(postgresql()).get_uri()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vaiti-walk-"))
        yield stack.enter_context(office(Path(folder), database, [WEB, DESK, PORTAL]))


@pytest.fixture
def street(place: Office) -> Iterator[Street]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Street(place, opened)
        opened.close()


def test_n42_n43_d01_n38_from_the_web_form_to_copy_listening_and_proven_erasure(
    place: Office, street: Street
) -> None:
    person = street.person("fi-FI")
    person.goto(f"{place.address}/rights/")
    assert person.get_attribute("html", "lang") == "fi"
    assert not person.locator(":checked:not(option)").count(), "nothing is chosen beforehand"
    for right in ("copy", "listening", "erasure"):
        person.check(f"[name=asked][value={right}]")
    person.fill("#about_from", place.today())
    person.fill("#number", WEB)
    person.click("main form button")
    code = CODE.search(person.inner_text("main"))
    assert code, "number and code at once"
    place.secret = code[0]

    handler, officer = street.staff("rita.niemi"), street.staff("daniel.ek")
    handler.case = place.case("web")
    handler.press("prove", proof="I2 I3")
    handler.press("identified")
    handler.found(place.calls[0].call)
    handler.granted()

    address, password = handler.copied()
    content = fetched(person, address, password)
    with zipfile.ZipFile(io.BytesIO(content)) as copy:
        names = copy.namelist()
        told = json.loads(copy.read(next(one for one in names if one.endswith("call.json"))))
    assert any(one.endswith(".wav") for one in names) and "manifest.json" in names
    assert WEB[:-3] in json.dumps(told) and WEB not in json.dumps(told)

    listen_at_the_office(place, street, handler, person)

    handler.press("erase")
    officer.case = handler.case
    officer.press("approve")
    handler.press("nobody")
    place.erasing = handler.case


def fetched(person: Page, address: str, password: str) -> bytes:
    """What the browser saved, once the log has signed that the copy was made."""
    saved: list[Download] = []
    person.on("download", lambda one: saved.append(one))  # noqa: PLW0108 - it wants a function

    def answered() -> bool:
        person.wait_for_timeout(100)
        return bool(saved) or bool(person.locator("#trouble").count())

    def tried() -> bool:
        person.goto(address)
        person.fill("#password", password)
        person.click("main form button")
        wait_for("the copy's page does not answer", answered)
        return bool(saved)

    wait_for("the copy is not handed out", tried, SIGNED)
    return Path(saved[0].path()).read_bytes()


def listen_at_the_office(place: Office, street: Street, handler: Handler, person: Page) -> None:
    """Two times are offered, one is taken; the kiosk opens by login and code."""
    handler.look()
    for number, hour in enumerate(("9.30", "14:30"), start=1):
        handler.page.fill(f"#day{number}", place.today(ahead=number))
        handler.page.fill(f"#hour{number}", hour)
    handler.submit(handler.page.locator("form[action$='/do/offer'] button"))
    person.goto(f"{place.address}/rights/case")
    assert "Postiljooninkatu 7 A" in person.inner_text("main"), "in her own language"
    person.locator("[name=slot]").first.check()
    person.click("button[value=take]")
    person.click("form[action='/rights/case/do/code'] button")
    code = person.locator("main code").inner_text()
    kiosk = street.staff("rita.niemi")
    kiosk.case = handler.case
    kiosk.look()
    kiosk.page.click("form[action$='/kiosk'] button")
    kiosk.page.wait_for_url("**/kiosk/")
    kiosk.page.fill("#code", code)
    kiosk.page.click("form[action='/kiosk/enter'] button")
    kiosk.page.click("form[action='/kiosk/listen'] button >> nth=0")
    sound = kiosk.page.get_attribute("audio, audio source", "src") or ""
    answer = kiosk.page.request.get(f"{place.address}{sound}")
    assert answer.ok and answer.body().startswith(b"RIFF")
    kiosk.page.goto(f"{place.address}/kiosk/wishes")
    assert not kiosk.page.locator(":checked:not(option)").count()
    kiosk.page.click("form[action='/kiosk/leave'] button")
    kiosk.look()
    assert "/cases/" not in kiosk.page.url, "nothing of the office can be reached from it"


def send_when_signed(handler: Handler) -> None:
    """The letter of the erasure, once the log has signed its certificate."""

    def sent() -> bool:
        handler.page.goto(f"{handler.office.address}/letters/{handler.case}/")
        handler.page.click("main li a >> nth=0")
        handler.page.select_option("#how", "page")
        with handler.page.expect_navigation():
            handler.page.click("button[value=send]")
        return not handler.page.locator(".message.bad").count()

    wait_for("the certificate is not signed", sent, SIGNED)


def test_n44_n37_n39_n40_l15_every_other_right_of_a_visitor(place: Office, street: Street) -> None:
    handler = street.staff("rita.niemi")
    page = handler.page
    page.goto(f"{place.address}/cases/new?channel=desk")
    wished = [
        "information",
        "rectification",
        "completion",
        "restriction",
        "objection",
        "portability",
    ]
    for right in wished:
        page.check(f"[name=asked][value={right}]")
    page.check("[name=document][value=passport]")
    page.fill("#about_from", place.today())
    page.fill("#number", DESK)
    page.select_option("#language", "sv")
    page.click("main form button")
    assert CODE.search(page.inner_text("main")), "the printed receipt"
    handler.case, call = place.case("desk"), place.calls[1].call
    handler.press("prove", proof="I3")
    handler.press("identified")
    handler.found(call)
    handler.granted()
    handler.press("restrict")
    page.goto(f"{place.address}/calls/{call}/correct")
    page.select_option("#direction", "out")
    page.click("form:has(#direction) button")
    handler.look()
    page.fill(f"#text-{call}", "Jag sade nej till erbjudandet.")
    handler.submit(page.locator("form[action$='/do/complete'] button"))
    handler.copied()
    handler.submit(page.locator("form[action$='/handed'] button"))
    handler.press("nobody")
    said = handler.letter("desk", "information")
    assert "Kundtjänst +358" in said and "artikel 6.1 f" in said
    handler.closed()
    agent = street.staff("anna.astrom")
    agent.page.goto(f"{place.address}/calls/{call}/")
    assert "404" in agent.page.inner_text("main") or call not in agent.page.content()
    kept = "SELECT text FROM register_statement"
    assert place.one(kept) == "Jag sade nej till erbjudandet."


def test_n45_d02_n47_an_unsigned_letter_with_its_scan_to_a_reasoned_refusal(
    place: Office, street: Street
) -> None:
    handler, officer = street.staff("rita.niemi"), street.staff("daniel.ek")
    page = handler.page
    page.goto(f"{place.address}/cases/new?channel=letter")
    page.fill("#arrived", place.today(ahead=-3))
    page.check("[name=signature][value=absent]")
    page.set_input_files("[name=scan]", {"name": "x.pdf", "mimeType": "", "buffer": PDF})
    page.check("[name=asked][value=copy]")
    page.fill("#number", "+358405559999")
    page.fill("#contact", "Storgatan 1, 111 23 Stockholm")
    page.select_option("#language", "sv")
    page.fill("#country", "SE")
    page.click("main form button")
    handler.case = place.case("letter")
    handler.press("prove", proof="I2 I3")
    handler.press("identified")
    handler.press("searched")
    handler.refuse(officer, "none_kept", "Vi sökte hela halvåret och fann inget samtal.")
    said = handler.letter("post")
    assert "imy.se" in said and "15(1)" in said and "domstol" in said
    handler.closed()
    assert place.state(handler.case) == "closed refused"


def test_n46_l06_a_mail_among_ordinary_mail_to_an_answer_that_says_who_cannot_be_found(
    place: Office, street: Street
) -> None:
    place.box.deliver(request_mail("Missä pakettini on?", "eero@example.fi"), stamp())
    wanted = "Hei, haluan puhelutallenteeni."
    place.box.deliver(request_mail(wanted, "Maija <maija@example.fi>"), stamp())
    receipts = place.post.mails
    wait_for(
        "no receipt came", lambda: any(to == "maija@example.fi" for to, _, _ in receipts), SIGNED
    )
    assert len(place.box.flags()) == 1, "ordinary mail lies where it lay"
    handler, officer = street.staff("rita.niemi"), street.staff("daniel.ek")
    handler.case = place.case("email")
    handler.look()
    assert wanted in handler.page.inner_text("main")
    handler.press("ask")
    handler.press("answered")
    handler.refuse(officer, "not_identified", "Kysyimme kahdesti päivää ja linjaa.")
    said = handler.letter("mail")
    assert "12(6)" in said
    handler.closed()


def test_n35_by_telephone_and_informed(place: Office, street: Street) -> None:
    handler = street.staff("rita.niemi")
    handler.page.goto(f"{place.address}/cases/new?channel=telephone")
    handler.page.check("[name=asked][value=information]")
    handler.page.click("main form button")
    handler.case = place.case("telephone")
    for act in ("identified", "searched"):
        handler.press(act)
    handler.granted()
    handler.press("nobody")
    assert "none that we could find" in handler.letter("post")
    handler.closed()


def test_n42_the_controllers_own_pages_file_a_case_and_see_it_closed(
    place: Office, street: Street
) -> None:
    made = ("token", "add", "--name", "own-pages", "--scope", "cases:file", "--until", soon())
    token = place.world.vaiti(*made, "--data", str(place.world.data)).strip().splitlines()[-1]
    body = {"asked": ["copy"], "signed_in": {"assurance": "loa2"}, "number": PORTAL}
    body |= {"language": "en", "about": LIKE}
    filed = json.loads(place.ask(token, "cases", json.dumps(body).encode()))
    handler = street.staff("rita.niemi")
    handler.case = filed["id"]
    handler.press("prove", proof="I3")
    handler.press("identified")
    handler.look()
    handler.page.fill("#begins", place.today())
    handler.page.fill("#ends", place.today())
    handler.submit(handler.page.locator("form[action$='/do/search'] button"))
    handler.submit(handler.page.locator("form[action$='/do/name'] button"))
    for act in ("confirm", "searched"):
        handler.press(act)
    handler.granted()
    handler.copied()
    handler.submit(handler.page.locator("form[action$='/handed'] button"))
    handler.letter("page")
    handler.closed()
    seen = json.loads(place.ask(token, f"cases/{filed['id']}"))
    assert (seen["state"], seen["outcome"]) == ("closed", "granted")


def test_n42_a_strong_sign_in_says_who_asks_and_the_handler_asks_for_no_more(
    place: Office, street: Street
) -> None:
    person = street.person("fi-FI")
    person.goto(f"{place.address}/rights/")
    person.check("[name=asked][value=copy]")
    person.fill("#about_from", place.today())
    person.fill("#number", PORTAL)
    person.click("main form button")
    person.goto(f"{place.address}/rights/case")
    assert NAME not in person.inner_text("main")
    person.click("a[href='/rights/identity/']")
    person.wait_for_url("**/rights/case")
    assert NAME in person.inner_text("main")
    assert not person.locator("a[href='/rights/identity/']").count(), "once is enough"
    assert place.bank.asked[-1]["ftn_spname"] == "Postin puhelut"

    handler = street.staff("rita.niemi")
    handler.case = place.case("web")
    handler.look()
    assert LEVELS[0] in handler.page.inner_text("main")
    handler.press("prove", proof="I3")
    handler.press("identified")
    assert place.state(handler.case) == "identified"


def test_n38_l13_what_was_erased_meanwhile_is_proven_and_told(
    place: Office, street: Street
) -> None:
    """The last of this file: the worker asks every place, and then the letter may go."""
    assert place.erasing, "the first walk came to its end"
    place.world.move_clock(HOUR)
    gone = f"SELECT count(*) FROM register_call WHERE customer = '{WEB[:-3]}***'"
    wait_for("the call is not erased", lambda: place.one(gone) == 0, SWEEPS)
    proven = "SELECT count(*) FROM retention_order WHERE state = 'done'"
    wait_for("the erasure is not proven", lambda: place.one(proven) == 1, SWEEPS)
    handler = street.staff("rita.niemi")
    handler.case = place.erasing
    send_when_signed(handler)
    handler.closed()
    assert place.state(handler.case) == CLOSED
    person = street.person("fi-FI")
    person.goto(f"{place.address}/rights/status")
    person.fill("#number", place.number(handler.case))
    person.fill("#code", place.secret)
    person.click("main form button")
    person.wait_for_url("**/rights/case")
    person.click("a[href*='/letter/'] >> nth=0")
    assert "Puhelusi on poistettu" in person.inner_text("main")
