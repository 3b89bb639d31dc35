"""Every address against every role, what every answer carries, and the list of calls."""

import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cast import NOW, Cast, person_id
from drawn import without_drawn
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import enrol
from vaiti.people.models import Person
from vaiti.register.calls import PAGE
from vaiti.register.models import Leg
from vaiti.web import calls
from web.catalogues import WEB
from web.conftest import SignIn
from web.world import World

Answer = tuple[str, HttpResponseBase]
"""An address, and what it answered."""

ROLES = (
    "anna",
    "leila",
    "mikko",
    "sofia",
    "henrik",
    "oskar",
    "rights_handler",
    "security_lead",
    "trainer",
    "dpo",
    "administrator",
    "auditor",
)
AGENTS, MANAGERS = {"anna", "leila", "sofia", "oskar"}, {"mikko", "henrik", "eeva"}
SEES_CALL = {"anna", "mikko"}
SEES_LOG = {"dpo", "auditor"}
SEES_STATE = {"dpo", "administrator"}
SEES_PEOPLE, ENTERS_PEOPLE = {"dpo", "administrator", "auditor"}, {"administrator"}
SEES_DESK = {*AGENTS, *MANAGERS, "dpo", "security_lead", "administrator", "auditor"}
HEADINGS = {
    **dict.fromkeys(AGENTS, "My calls"),
    **dict.fromkeys(MANAGERS, "My people’s calls"),
    "rights_handler": "Calls of my cases",
    "dpo": "Calls of cases, incidents and holds",
    "trainer": "Calls of my training activities",
    "administrator": "Calls on the test line",
}
NUMBER = re.compile(r"(?<![\d·])\+?\d[\d ]{6,}(?![\d·*])")


def body(answer: HttpResponseBase) -> str:
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


def expected(who: str) -> dict[str, int]:
    return {
        "/": 302,
        "/calls/": 200,
        "/account/": 200,
        "/desk/": 200 if who in SEES_DESK else 404,
        "/log/": 200 if who in SEES_LOG else 404,
        "/state/": 200 if who in SEES_STATE else 404,
        "/gaps/": 200 if who in SEES_STATE else 404,
        "/lines/": 200 if who in SEES_PEOPLE else 404,
        "/team/": 200 if who in MANAGERS else 404,
        "/people/": 200 if who in SEES_PEOPLE else 404,
        "/people/access-on": 200 if who in SEES_PEOPLE else 404,
        "/people/lists/": 200 if who in SEES_PEOPLE else 404,
        "/people/new": 200 if who in ENTERS_PEOPLE else 404,
        f"/people/{person_id('anna.astrom').hex}/": 200 if who in SEES_PEOPLE else 404,
        "/nothing/here": 404,
    }


@pytest.mark.parametrize("who", ROLES)
def test_every_page_against_every_role(world: World, cast: Cast, sign_in: SignIn, who: str) -> None:
    call = world.call("anna.astrom")
    client = sign_in(getattr(cast, who))
    for address, status in expected(who).items():
        assert client.get(address).status_code == status, address
    heading = HEADINGS.get(who, "Calls")
    assert f"<h1>{heading}</h1>" in client.get("/calls/").content.decode()
    seen = 200 if who in SEES_CALL else 404
    assert client.get(f"/calls/{call.hex}/").status_code == seen


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/calls/",
        "/account/",
        "/desk/",
        "/log/",
        "/state/",
        "/gaps/",
        "/lines/",
        f"/lines/{'0' * 32}/",
        "/team/",
        "/people/",
        "/people/new",
        "/people/lists/",
        "/people/access-on",
        f"/people/{'0' * 32}/",
        f"/people/{'0' * 32}/do/leave",
        "/nothing/here",
        f"/calls/{'0' * 32}/",
        f"/calls/{'0' * 32}/listening/{'0' * 32}",
        f"/calls/{'0' * 32}/audio/{'0' * 32}",
        f"/calls/{'0' * 32}/lanes/{'0' * 32}",
        f"/calls/{'0' * 32}/status/{'0' * 32}",
        f"/calls/{'0' * 32}/verify/{'0' * 32}",
    ],
)
def test_a_stranger_finds_no_address_but_sign_in(stranger: Client, address: str) -> None:
    assert stranger.get(address)["Location"].startswith("/sign-in")
    posted = stranger.post(address)
    assert posted["Location"].startswith("/sign-in")


def test_a_strangers_script_is_told_to_reload(stranger: Client) -> None:
    answer = stranger.get("/calls/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in"


def test_n28_a_colleagues_call_and_a_missing_one_are_the_same_page(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom")
    client = sign_in(cast.leila)
    missing = uuid4()
    theirs, none = client.get(f"/calls/{call.hex}/"), client.get(f"/calls/{missing.hex}/")
    assert theirs.status_code == none.status_code == 404
    token = re.compile(r'csrfmiddlewaretoken" value="\w+')
    pages = [
        token.sub("", page.content.decode()).replace(name.hex, "")
        for page, name in ((theirs, call), (none, missing))
    ]
    assert pages[0] == pages[1]
    assert Leaf.objects.filter(kind="access:call:refused").count() == 2


@pytest.mark.parametrize("spelling", ["{upper}", "{dashed}", "{short}", "0x{hex}"])
def test_an_id_has_one_spelling(world: World, cast: Cast, sign_in: SignIn, spelling: str) -> None:
    call = world.call("anna.astrom")
    names = {
        "upper": call.hex.upper(),
        "dashed": str(call),
        "short": call.hex[:-1],
        "hex": call.hex,
    }
    client = sign_in(cast.anna)
    assert client.get(f"/calls/{spelling.format(**names)}/").status_code == 404


@pytest.fixture
def anna(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.anna)


@pytest.fixture
def answers(world: World, cast: Cast, sign_in: SignIn) -> list[Answer]:
    """One answer of every kind, with its address."""
    call = world.call("anna.astrom", hold=(10, 14)).hex
    client = sign_in(cast.anna)
    leg = Leg.objects.get().id
    opened = client.post(f"/calls/{call}/listen", {"leg": leg})["Location"]
    places = [
        "/",
        "/calls/",
        "/account/",
        f"/calls/{call}/",
        opened,
        "/log/",
        "/nothing",
        "/healthz",
    ]
    places += [opened.replace("listening", part) for part in ("audio", "lanes", "status")]
    found: list[Answer] = [(place, client.get(place)) for place in places]
    found.append(("/sign-in", Client().get("/sign-in")))
    found.append(("/calls/ as a stranger", Client().get("/calls/")))
    found.append(("/calls/ twice from", client.post("/calls/", {"from": "32.1."})))
    found.append(("DELETE", client.delete("/calls/")))
    return found


def test_every_answer_carries_the_policy_and_is_never_stored(
    answers: list[Answer],
) -> None:
    for place, answer in answers:
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), place
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store", place
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "microphone=()" in headers["Permissions-Policy"]


def test_static_files_carry_the_policy_and_may_be_kept(stranger: Client) -> None:
    answer = stranger.get("/static/vaiti/vaiti.css")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Cache-Control"] != "no-store"
    assert "Strict-Transport-Security" not in answer
    answer.close()
    secure = stranger.get("/sign-in", secure=True)
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_what_others_made_is_what_its_list_of_hashes_says() -> None:
    folder = WEB / "static" / "vendor" / "htmx"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_no_page_has_inline_code_a_style_or_a_third_origin(
    answers: list[Answer],
) -> None:
    for place, answer in answers:
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        page = body(answer)
        assert not re.search(r"\son\w+=", page), place
        assert not re.search(r"\sstyle=", page), place
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), place
        assert not re.search(r'(?:src|href|action|hx-get|hx-post)="(?!/|#)', page), place


def test_n30_no_page_shows_more_of_the_customers_number(
    answers: list[Answer],
) -> None:
    for place, answer in answers:
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        text = without_drawn(re.sub(r"<[^>]*>", " ", body(answer)))
        assert "401234" not in text.replace(" ", "").replace("401234···", ""), place


def test_n12_the_list_shows_local_time_and_the_offset_when_the_hour_comes_twice(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    fold = NOW.replace(month=10, day=25, hour=0, minute=30)
    for hours in (0, 1):
        world.call("anna.astrom", start=fold + timedelta(hours=hours))
    page = sign_in(cast.anna).get("/calls/").content.decode()
    assert "03:30 UTC+3" in page
    assert "03:30 UTC+2" in page
    assert page.index("UTC+2") < page.index("UTC+3"), "newest first"


def test_n12_a_call_over_the_clock_change_tells_both_offsets_in_order_and_its_true_length(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    began = NOW.replace(month=10, day=25, hour=0, minute=40)
    call = world.call("anna.astrom", start=began, seconds=40 * 60)
    page = sign_in(cast.anna).get(f"/calls/{call.hex}/").content.decode()
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert text.index("03:40:00 UTC+3") < text.index("03:20:00 UTC+2")
    assert "40 min" in text


def test_a_row_says_all_that_the_list_promises(world: World, cast: Cast, sign_in: SignIn) -> None:
    world.call("anna.astrom", seconds=95, direction="out")
    page = sign_in(cast.anna, "sv").get("/calls/").content.decode()
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "I dag 23.11.2026" in text
    said = "11.00 1:35 Utgående +358 40 1234 ··· de tre sista siffrorna dolda Anna Åström"
    assert said in text
    assert "Customer service 23.5.2027 om 181 dagar" in text


def test_the_list_is_empty_in_two_ways_and_each_says_what_to_do(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    assert "No calls yet" in client.get("/calls/").content.decode()
    world.call("anna.astrom")
    page = client.get("/calls/?from=1.1.2020&to=2.1.2020").content.decode()
    assert "No call matches" in page
    assert "Show all calls" in page


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 3),
        ("from=22.11.2026", 2),
        ("to=21.11.2026", 1),
        ("from=22.11.2026&to=22.11.2026", 1),
        ("direction=out", 1),
        ("length=short", 3),
        ("length=longest", 0),
        ("length=nonsense", 3),
        ("line=%2B358207100000", 3),
        ("line=%2B358207200000", 0),
        ("number=%2B358401234***", 2),
        ("number=%2B35844***", 1),
        ("destroyed=23.5.2027", 1),
        ("destroyed=22.5.", 1),
        ("destroyed=22.5.2027&direction=out", 1),
        ("destroyed=1.1.2027", 0),
        ("agent=nonsense", 3),
    ],
)
def test_each_filter(world: World, cast: Cast, sign_in: SignIn, query: str, rows: int) -> None:
    world.call("anna.astrom")
    world.call("anna.astrom", start=NOW - timedelta(days=1), direction="out")
    world.call("anna.astrom", start=NOW - timedelta(days=2), customer="+358449051***")
    answer = sign_in(cast.anna).get(f"/calls/?{query}")
    assert answer.content.decode().count('class="call"') == rows


def test_a_manager_sees_their_people_and_chooses_among_them(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    world.call("anna.astrom")
    world.call("leila.virtanen")
    world.call("sofia.holm")
    client = sign_in(cast.mikko)
    page = client.get("/calls/").content.decode()
    assert "My people’s calls" in page
    assert page.count('class="call"') == 2
    assert "Sofia" not in page
    only = client.get(f"/calls/?agent={cast.leila.id.hex}").content.decode()
    assert only.count('class="call"') == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("040 123 4567", "%2B358401234%2A%2A%2A"), ("0401234···", "%2B358401234%2A%2A%2A")],
)
def test_n15_a_typed_number_loses_its_digits_before_it_becomes_an_address(
    world: World, cast: Cast, sign_in: SignIn, typed: str, kept: str
) -> None:
    world.call("anna.astrom")
    client = sign_in(cast.anna)
    answer = client.post("/calls/", {"number": typed})
    assert answer.status_code == 302
    assert answer["Location"] == f"/calls/?number={kept}"
    page = client.get(answer["Location"])
    assert 'value="+358 40 1234 ···"' in page.content.decode()
    assert page.content.decode().count('class="call"') == 1


def test_n15_a_whole_number_in_an_address_is_cut_at_once_and_logged_nowhere(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    answer = client.get("/calls/?number=%2B358401234567")
    assert answer.status_code == 302
    assert "567" not in answer["Location"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(answer["Location"])
    assert "401234567" not in str(queries.captured_queries)
    bodies = "".join(Leaf.objects.values_list("body", flat=True))
    assert "filters" in bodies and "401234" not in without_drawn(bodies)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("from", "32.1.2026", "Write a day like 24.10.2026."),
        ("number", "112", "Type at least the first seven digits"),
    ],
)
def test_a_wrong_field_is_marked_and_nothing_is_listed(
    world: World, anna: Client, field: str, value: str, said: str
) -> None:
    world.call("anna.astrom")
    answer = anna.post("/calls/", {field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'id="f-{field}"' in page
    assert 'aria-invalid="true"' in page
    assert 'class="call"' not in page


def test_n15_a_number_in_the_wrong_field_goes_into_no_address(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.anna).post("/calls/", {"from": "0401234567"})
    assert answer.status_code == 422
    assert answer["HX-Push-Url"] == "false"


def test_days_in_the_wrong_order_are_told(world: World, cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.anna).get("/calls/?from=2.11.2026&to=1.11.2026")
    assert "The last day is before the first one." in answer.content.decode()


def test_pages_lead_to_older_and_back_to_newer(
    world: World, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.call("anna.astrom", seconds=1)
    call, leg = first, Leg.objects.get()
    row = leg.call
    for number in range(54):
        row.id, row.object_id = uuid4(), uuid4()
        row.save(force_insert=True)
        Leg.objects.create(
            call=row,
            ordinal=1,
            person=cast.anna,
            line=row.line,
            direction=row.direction,
            customer=row.customer,
            destruction_day=row.destruction_day,
            started_at=leg.started_at - timedelta(minutes=number + 1),
            ended_at=leg.ended_at - timedelta(minutes=number + 1),
        )
    client = sign_in(cast.anna)
    page = client.get("/calls/").content.decode()
    assert page.count('class="call"') == PAGE
    assert "55 calls" in page
    assert "Newer calls" not in page
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).content.decode()
    assert second.count('class="call"') == 55 - PAGE
    assert "Older calls" not in second
    newer = re.search(r'href="([^"]+)" rel="prev"', second)
    assert newer
    again = client.get(newer[1].replace("&amp;", "&")).content.decode()
    assert call.hex in again
    assert again.count('class="call"') == PAGE


def test_a_cursor_that_no_page_gave_out_is_refused(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.anna).get("/calls/?at=nonsense").status_code == 400


def test_n23_the_list_is_logged_and_nobody_walks_through_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    for _ in range(calls.LISTS.most):
        assert client.get("/calls/").status_code == 200
    slow = client.get("/calls/")
    assert slow.status_code == 429
    assert slow["Retry-After"] == "60"
    assert "Wait a minute and try again." in slow.content.decode()
    listed = Leaf.objects.filter(kind="access:calls:listed", actor=cast.anna.id.hex)
    assert listed.count() == calls.LISTS.most


def test_a_call_page_shows_each_visible_part_and_only_that(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", "sofia.holm")
    page = sign_in(cast.anna).get(f"/calls/{call.hex}/").content.decode()
    assert page.count('id="leg-') == 1
    assert "Another agent’s part of this call is not visible to you." in page
    assert "Sofia" not in page
    assert "Nobody else has listened to this recording." in page


def test_the_log_names_acts_and_people_and_is_itself_logged(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    world.call("anna.astrom")
    sign_in(cast.anna).get("/calls/")
    client = sign_in(cast.auditor)
    page = client.get(f"/log/?kind=access:calls:listed&actor={cast.anna.id.hex}").content.decode()
    assert page.count("<tr ") == 2
    assert "Anna Åström" in page
    named = client.get("/log/?kind=access:calls:listed&actor=anna%20Åström").content.decode()
    assert named.count("<tr ") == 2
    nobody = client.get("/log/?kind=nonsense&actor=nonsense")
    assert nobody.status_code == 200
    assert "Nobody here is called so." in nobody.content.decode()
    assert nobody.content.decode().count("<tr ") == 0
    assert client.get("/log/?before=nonsense").status_code == 400
    read = Leaf.objects.filter(kind="access:log:read", actor=cast.auditor.id.hex)
    assert read.count() == 3


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "sv",
            ('<span class="soft">hur</span> Lösenord', "2.9.2026 kl. 00.00", "roll</span> Chef"),
        ),
        ("fi", ("Salasana", "alkaa</span> 2.9.2026 klo 00.00", "rooli</span> Esihenkilö")),
    ],
)
def test_the_log_tells_facts_in_the_readers_language(
    world: World, cast: Cast, sign_in: SignIn, language: str, told: tuple[str, ...]
) -> None:
    enrol.grant_role(cast.anna.id, "manager", by=cast.administrator.id.hex, now=NOW)
    client = sign_in(cast.dpo)
    assert client.get("/report/?from=2.9.2026&to=3.9.2026").status_code == 200
    client.post("/language", {"language": language, "next": "/log/"})
    page = client.get("/log/").content.decode()
    for sentence in told:
        assert sentence in page
    assert not re.search(r"soft\">(how|begins_us|role)<", page)


def test_the_log_goes_back_page_by_page(world: World, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.dpo)
    for _ in range(52):
        client.get("/log/?kind=people:role:ended")
    page = client.get("/log/?kind=access:log:read").content.decode()
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).content.decode()
    assert "To the newest" in second
    nothing = client.get("/log/?kind=people:role:ended").content.decode()
    assert "No entry matches" in nothing


def test_standing_alarms_are_shown_to_those_who_mend_them(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.administrator)
    assert "No alarm is standing" in client.get("/state/").content.decode()
    alarms.raise_alarm("recording_damaged", "f" * 32, "segment 3", NOW)
    page = client.get("/state/").content.decode()
    assert "A recording is damaged" in page
    assert "f" * 32 in page
    assert "Mark as seen" not in page, "a state ends by itself"


def test_the_account_page_says_what_each_role_may_do(cast: Cast, sign_in: SignIn) -> None:
    person: Person = cast.mikko
    page = sign_in(person, "sv").get("/account/").content.decode()
    assert "Mikko Mäkinen" in page
    assert "Du ser dina medarbetares samtal" in page
