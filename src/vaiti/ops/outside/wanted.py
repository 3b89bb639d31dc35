"""Checks one person's request, from the web form to the copy, the listening and the erasure."""

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

from vaiti.ops.outside import court, in_time, incident, proving, sound
from vaiti.ops.outside.asking import HANDLER, month_after, today, written
from vaiti.ops.outside.ending import SWEEPS
from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.page import Answer, Form, Page, Visitor
from vaiti.ops.outside.recording import LIKE, plain_id
from vaiti.ops.outside.world import World, wait_for

ASKED = ("copy", "listening", "erasure")
MASKED = "+358401230***"
SIGNED = 30.0
"""Seconds within which the log signs what was done."""
CODE = re.compile(r"<code>([A-Z0-9-]{23})</code>")
VISIT = re.compile(r"<code>(\d{4} \d{4})</code>")
SECRET = re.compile(r'<code class="secret">([^<]+)</code>')
MANIFEST, PROOF = "manifest.json", "proof.json"


def web_request(world: World) -> str:
    """Filed without an account: number, code and day at once, and the typed number nowhere."""
    in_time.place_early(world)
    said, person = world.lost, world.visitor()
    form = person.page("/rights/").form("/rights/")
    typed = {"number": said.customer, "withheld": "", "line": said.line}
    now = today(world)  # the call may have been before midnight
    days = {"about_from": written(now - timedelta(days=1)), "about_to": written(now)}
    answer = person.submit(form, asked=ASKED, **days, **typed)
    demand(answer.status == 201, f"the form answered {answer.status}")
    due = written(month_after(today(world)))
    demand(due in answer.words, "the receipt has not the day that is due")
    demand(CODE.search(answer.text) is not None, "the receipt has no code")
    world.asker = person
    check_request(world)
    return f"{len(ASKED)} wishes, due {due}"


def check_request(world: World) -> None:
    found = world.rows("SELECT id, customer, asked FROM rights_case WHERE channel = 'web'")
    demand(len(found) == 1, f"{len(found)} cases by the form, not one")
    case, customer, asked = found[0]
    demand(customer == MASKED, f"the case keeps the number {customer}")
    wished = json.loads(asked) if isinstance(asked, str) else asked
    demand(sorted(wished) == sorted(ASKED), "the case has other wishes than the form")
    world.request = plain_id(case)


def call_found(world: World) -> str:
    """Identified by number and facts, the one call found, held before it is seen, and granted."""
    visitor = handler(world)
    act(world, "prove", proof=("I2", "I3"), document="")
    act(world, "identified")
    found = do(visitor, form_of(visitor, world.request, "search"), without="")
    count = re.search(r"Calls found: (\d+)", found.words)
    demand(count is not None and count[1] == "1", f"the search finds {count and count[1]} calls")
    name = Page(found.text).form(f"/cases/{world.request}/do/name")
    do(visitor, name)
    check_named(world)
    for one in ("confirm", "searched", "grant-rest", "decided"):
        act(world, one)
    return "found, held and granted"


def check_named(world: World) -> None:
    """The call is the person's, and it is held under the case."""
    rows = world.rows(
        "SELECT c.call, h.kind FROM rights_casecall c "
        "JOIN register_hold h ON h.id = c.hold AND h.ended_at IS NULL"
    )
    named = [(plain_id(call), kind) for call, kind in rows]
    demand(named == [(world.lost.call, "request")], f"held for requests are {len(named)} calls")


def heard_at_office(world: World) -> str:
    """Two times are offered, one taken; the code opens a kiosk, in which this call is heard."""
    visitor, person = handler(world), known(world)
    offer = form_of(visitor, world.request, "offer")
    days = {f"day{one}": written(today(world) + timedelta(days=one)) for one in (1, 2)}
    hours = {"hour1": "9:00", "hour2": "14:30"}
    do(visitor, offer, place="helsinki", length="30", **days, **hours)
    do(person, person.page("/rights/case").form("/rights/case/do/slot"), act="take", needs="")
    shown = do(person, person.page("/rights/case").form("/rights/case/do/code"))
    code = VISIT.search(shown.text)
    if code is None:
        raise Fault("the person's page shows no code for the visit")
    kiosk = opened_kiosk(world)
    do(kiosk, kiosk.page("/kiosk/").form("/kiosk/enter"), code=code[1])
    playing = do(kiosk, kiosk.page("/kiosk/").form("/kiosk/listen"))
    sounds = [one for one in playing.page.addresses if "/kiosk/audio/" in one]
    demand(len(sounds) == 1, "the kiosk plays no sound")
    likeness = check_sound(world, kiosk.fetch(sounds[0]))
    wishes = kiosk.page("/kiosk/wishes").form("/kiosk/wishes")
    demand("asked" in wishes.fields, "nobody asks what else is wished")
    kiosk.submit(kiosk.page("/kiosk/wishes").form("/kiosk/leave"))
    check_heard(world)
    return f"likeness {likeness:.2f}; noted as given"


def opened_kiosk(world: World) -> Visitor:
    """A browser of its own, in which the handler's session has ended."""
    kiosk = world.visitor(incident.login_of(world, HANDLER))
    path = f"/cases/{world.request}/"
    do(kiosk, kiosk.page(path).form(f"{path}kiosk"))
    demand(kiosk.at == "/kiosk/", "the browser did not become the kiosk")
    left = kiosk.get(path).status
    demand(left in (302, 303), f"at the kiosk the case itself answers {left}")
    return kiosk


def check_sound(world: World, content: bytes) -> float:
    heard = sound.read_wave(content)
    demand(len(heard.lanes) == 2, "not both voices are there")
    said = (world.lost.agent_wave, world.lost.customer_wave)
    likeness = [
        sound.likeness(sound.read_file(wave), lane)
        for wave, lane in zip(said, heard.lanes, strict=True)
    ]
    demand(min(likeness) >= LIKE, f"what is heard is like what was said by {min(likeness):.2f}")
    return min(likeness)


def check_heard(world: World) -> None:
    rows = world.rows(f"SELECT what FROM rights_given WHERE {of_case(world)}")
    demand(("listening_held",) in rows, "the listening is not noted as given")


def copy_delivered(world: World) -> str:
    """The package is made, fetched on the person's own page, and verified far from Vaiti."""
    visitor, person, call = handler(world), known(world), world.lost.call
    path = f"/copies/{world.request}/"
    form = visitor.page(path).form(path)
    made = do(visitor, form, **{f"call-{call}": "on", "language": "en"})
    secret = SECRET.search(made.text)
    if secret is None:
        raise Fault("the copy's password is not shown")
    court.make(world, visitor)
    ready = [one for one in person.page("/rights/case").addresses if one.startswith("/copy/")]
    demand(len(ready) == 1, "the person's page has no copy to fetch")
    answers: list[Answer] = []

    def fetched() -> bool:
        fetch = person.page(ready[0]).form(ready[0])
        answers.append(person.submit(fetch, password=secret[1]))
        return answers[-1].status == 200

    wait_for("the copy is not handed out", fetched, SIGNED)
    apart = world.workshop / "person"
    apart.mkdir(exist_ok=True)
    (apart / "copy.zip").write_bytes(answers[-1].body)
    files = check_copy(world, answers[-1].body)
    tools(world, apart)
    proving.verifies(apart, "copy", "copy.zip")
    again = person.submit(person.page(ready[0]).form(ready[0]), password=secret[1]).status
    demand(again == 422, f"a second fetch of the copy answered {again}")
    return f"{files} files as the manifest says; verified alone; a second fetch {again}"


def check_copy(world: World, content: bytes) -> int:
    """How many files there are; each is as the manifest says, and the sound is the call's."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        files = {name: package.read(name) for name in package.namelist()}
    told = {one["name"]: one for one in json.loads(files[MANIFEST])["files"]}
    demand(set(files) == {*told, MANIFEST, PROOF}, "the copy has other files than its manifest")
    for name, one in told.items():
        found = (len(files[name]), hashlib.sha256(files[name]).hexdigest())
        demand(found == (one["bytes"], one["sha256"]), f"{name} is not what the manifest says")
    call = json.loads(files["call-1/call.json"])["call"]
    demand(call["id"] == world.lost.call, "the copy is of another call")
    demand(call["customer_number"] == MASKED, "the copy has another number")
    check_sound(world, files["call-1/sound.wav"])
    return len(files)


def tools(world: World, apart: Path) -> None:
    """What anybody needs who verifies the copy: the verifier, and the log's public key."""
    for name, address in (("verify.pyz", "/proof/verifier"), ("key", "/proof/key")):
        answer = world.inside(proving.OFFICER).get(address)
        demand(answer.status == 200, f"{address} answered {answer.status}")
        (apart / name).write_bytes(answer.body)


def evidence_verified(world: World) -> str:
    """Whoever handles the case takes the call's evidence, as a court would get it."""
    return court.evidence_verified(world, handler(world))


def erasure_planned(world: World) -> str:
    """Once copy and listening were given; the handler may not approve it too, the officer does."""
    act(world, "nobody")
    act(world, "erase")
    forms = [one.action for one in handler(world).page(address(world)).forms]
    visitor = world.inside(proving.OFFICER)
    approve = visitor.page(address(world)).form(f"{address(world)}do/approve")
    if f"{address(world)}do/approve" in forms:
        own = handler(world).post(approve.action, order=approve.fields["order"]).status
        demand(own == 422, f"who planned the erasure approves it too: {own}")
    do(visitor, approve)
    check_let_go(world)
    return "planned by a handler, approved by the officer"


def check_let_go(world: World) -> None:
    """From the approval on nobody of the case hears the call."""
    seen = handler(world).get(f"/calls/{world.lost.call}/").status
    demand(seen == 404, f"after the approval the call answers its handler with {seen}")


def erasure_proven(world: World) -> str:
    """The call is gone, the certificate verifies, the letter is sent, and the case is closed."""
    took = wait_for("the case's erasure is not done", lambda: bool(orders(world)), SWEEPS)
    check_gone(world)
    apart, (order,) = world.workshop / "person", orders(world)
    options = ("--data", str(world.data), "--order", order, "--out", str(apart / "erased.json"))
    world.vaiti("prove", "certificate", *options)
    proving.verifies(apart, "certificate", "erased.json")
    visitor, room = handler(world), f"/letters/{world.request}/"
    letter = next(
        one for one in visitor.page(room).addresses if one.startswith(room) and one > room
    )
    filled = {"part-backups": "Copies of the keys are gone after 7 days.", "how": "page"}
    do(visitor, visitor.page(letter).form(letter), act="send", **filled)
    act(world, "close")
    check_closed(world)
    return f"certificate verified, letter sent, closed; asked for {took:.1f} s"


def check_gone(world: World) -> None:
    call = world.lost.call
    left = {plain_id(row[0]) for row in world.rows("SELECT id FROM register_call")}
    demand(call not in left, "the erased call's row is still there")
    keys = world.keys(f"SELECT count(*) FROM call WHERE call_id = '{call}'")
    demand(keys == [(0,)], "the key store still has the erased call's key")


def check_closed(world: World) -> None:
    ((state, outcome),) = world.rows(
        f"SELECT state, outcome FROM rights_case WHERE id = '{world.request}'"
    )
    demand((state, outcome) == ("closed", "granted"), f"the case is {state}, {outcome}")


def orders(world: World) -> list[str]:
    """The case's own, once done."""
    ((year, serial),) = world.rows(
        f"SELECT year, serial FROM rights_case WHERE id = '{world.request}'"
    )
    mine = f"asked_ref = 'R-{year}-{serial}'"
    rows = world.rows(f"SELECT id FROM retention_order WHERE state = 'done' AND {mine}")
    return [plain_id(row[0]) for row in rows]


def of_case(world: World) -> str:
    return f"case_id = '{world.request}'"


def address(world: World) -> str:
    return f"/cases/{world.request}/"


def handler(world: World) -> Visitor:
    return world.inside(incident.login_of(world, HANDLER))


def known(world: World) -> Visitor:
    """The browser in which the person filed the request."""
    if world.asker is None:
        raise Fault("nobody has filed a request yet")
    return world.asker


def form_of(visitor: Visitor, case: str, name: str) -> Form:
    return visitor.page(f"/cases/{case}/").form(f"/cases/{case}/do/{name}")


def act(world: World, name: str, **fields: str | tuple[str, ...]) -> None:
    """Presses the button of this name on the case's page."""
    visitor = handler(world)
    do(visitor, form_of(visitor, world.request, name), **fields)


def do(visitor: Visitor, form: Form, **fields: str | tuple[str, ...]) -> Answer:
    answer = visitor.submit(form, **fields)
    demand(answer.status == 200, f"{form.action} answered {answer.status}")
    return answer
