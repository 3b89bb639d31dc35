"""The API over HTTP: rows as the pages have them, by a token that gives less than its owner has."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from cast import NOW, Cast
from live_recorder import GATED, LiveRecorder
from vaiti.access import queue, tokens
from vaiti.access.models import ApiToken
from vaiti.access.token_rules import TokenError, TokenScope
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.audit.sequencer import sequence
from vaiti.notice.models import NoticeVersion
from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of
from vaiti.ops.pace import Progress
from vaiti.ops.steps import write_state
from vaiti.people import enrol
from vaiti.people.models import TrainingRecord
from vaiti.register.models import Call
from vaiti.values.clock import to_micros
from vaiti.web import calls as pages
from vaiti.web.api import frame
from vaiti.web.http import wiring
from vaiti.web.http.recorder import RecorderClient
from web.api_caller import BY, CALLS, Program, program, terms
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db
SIGNER = Signer("vaiti/test", bytes(32))
READ, CHANGE, LIVE = TokenScope.CALLS_READ, TokenScope.CALLS_CHANGE, TokenScope.LIVE


@pytest.fixture(autouse=True)
def begin_anew() -> None:
    frame.PACE.forget()
    pages.LISTS.forget()


def entries(kind: Kind) -> list[Leaf]:
    return list(Leaf.objects.filter(kind=kind).order_by("at", "id"))


def facts(entry: Leaf) -> dict[str, object]:
    return dict(json.loads(entry.body)["facts"])


def test_n41_consent_is_noted_by_a_token_where_the_calls_notice_asks_for_it(
    cast: Cast, world: World
) -> None:
    text = text_of("helpdesk")
    told = {"wording": text, "wording_sha256": read(text).sha256, "retention_months": 1}
    call, other = world.call("anna.astrom"), world.call("leila.virtanen")
    anna, path = program(READ, CHANGE, person=cast.anna), f"calls/{call.hex}/consent"
    given = {"purpose": "training", "given": True}
    assert anna.ask("POST", path, given)[0] == 404
    NoticeVersion.objects.filter(version=cast.notice.version).update(**told)
    assert anna.ask("POST", f"calls/{other.hex}/consent", given)[0] == 404
    assert anna.ask("POST", path, given) == (200, {"changed": True})
    assert anna.ask("POST", path, given) == (200, {"changed": False})
    assert anna.ask("POST", path, {**given, "purpose": "verify"})[0] == 404
    assert anna.ask("POST", path, {**given, "given": False}) == (200, {"changed": True})
    assert len(entries(Kind.CALL_CONSENT_GIVEN)) == len(entries(Kind.CALL_CONSENT_WITHDRAWN)) == 1


def test_n27_a_token_sees_what_its_owner_sees_and_nothing_else(cast: Cast, world: World) -> None:
    own, other = world.call("anna.astrom"), world.call("leila.virtanen")
    anna = program(READ, person=cast.anna)
    listed = anna.get("calls/")
    assert [one["call"] for one in listed["legs"]] == [own.hex]
    assert listed["legs"][0]["customer"].endswith("***")
    assert listed["legs"][0]["agent"] == {"id": cast.anna.id.hex, "name": "Anna Åström"}
    seen = anna.get(f"calls/{own.hex}")
    assert seen["legs"] == listed["legs"]
    assert anna.ask("GET", f"calls/{other.hex}")[0] == 404
    assert anna.ask("GET", f"calls/{'0' * 32}")[0] == 404
    mikko = program(READ, person=cast.mikko, name="second")
    assert {one["call"] for one in mikko.get("calls/")["legs"]} == {own.hex, other.hex}


def test_n23_n27_each_use_is_in_the_log_with_token_and_purpose(cast: Cast, world: World) -> None:
    own = world.call("anna.astrom")
    anna = program(READ, person=cast.anna, purpose="rights")
    anna.get("calls/")
    anna.get(f"calls/{own.hex}")
    used = entries(Kind.ACCESS_TOKEN_USED)
    token = ApiToken.objects.get()
    assert sorted(str(facts(one)["does"]) for one in used) == ["list", "see"]
    assert {facts(one)["purpose"] for one in used} == {"rights"}
    assert {facts(one)["token"] for one in used} == {token.id.hex}
    assert {one.actor for one in used} == {cast.anna.id.hex}
    assert len(entries(Kind.ACCESS_CALLS_LISTED)) == len(entries(Kind.ACCESS_CALL_SEEN)) == 1
    assert token.digest not in anna.token and token.used_at == NOW
    assert anna.token not in json.dumps([one.body for one in Leaf.objects.all()])


def test_n27_a_token_reaches_its_lines_only(cast: Cast, world: World) -> None:
    service, sales = world.call("anna.astrom"), world.call("anna.astrom")
    Call.objects.filter(id=sales).update(line=cast.telesales_line)
    Call.objects.get(id=sales).legs.update(line=cast.telesales_line)
    number = cast.service_line.number
    anna = program(READ, CHANGE, person=cast.anna, lines=[number])
    assert [one["call"] for one in anna.get("calls/")["legs"]] == [service.hex]
    assert anna.ask("GET", f"calls/{sales.hex}")[0] == 404
    assert anna.ask("POST", f"calls/{sales.hex}/training", {"for_training": False})[0] == 404
    other = cast.telesales_line.number.replace("+", "%2B")
    status, told = anna.ask("GET", f"calls/?line={other}")
    assert (status, told["status"]) == (422, 422) and "line" in told["detail"]
    assert facts(entries(Kind.ACCESS_CALL_REFUSED)[0])["exists"] is True


def test_n31_without_training_a_token_reads_nothing(cast: Cast, world: World) -> None:
    world.call("anna.astrom")
    anna = program(READ, person=cast.anna)
    TrainingRecord.objects.filter(person=cast.anna).delete()
    status, told = anna.ask("GET", "calls/")
    assert status == 403 and "training" in told["detail"]


def test_a_call_is_taken_out_of_training_and_put_right(cast: Cast, world: World) -> None:
    call = world.call("anna.astrom")
    mikko = program(*CALLS, person=cast.mikko)
    path = f"calls/{call.hex}"
    assert mikko.ask("POST", f"{path}/training", {"for_training": False}) == (
        200,
        {"changed": True},
    )
    assert mikko.get(path)["legs"][0]["for_training"] is False
    leg, leila = mikko.get(path)["legs"][0]["leg"], cast.leila.id.hex
    given = {"leg": float(leg), "agent": leila, "was_agent": cast.anna.id.hex}
    assert mikko.ask("POST", f"{path}/agent", given) == (200, {"changed": True})
    seen = mikko.get(path)
    assert seen["legs"][0]["agent"]["id"] == leila
    assert [one["what"] for one in seen["corrected"]] == ["agent"]
    assert mikko.ask("POST", f"{path}/agent", given)[0] == 409
    service, sales = cast.service_line.number, cast.telesales_line.number
    given = {"line": sales, "direction": "out", "was_line": service, "was_direction": "in"}
    assert mikko.ask("POST", f"{path}/line", given) == (200, {"changed": True})
    assert mikko.get(path)["legs"][0]["line"] == sales
    assert mikko.ask("POST", f"{path}/line", given)[0] == 409


def test_n22_pauses_and_holds_are_told_within_the_part(cast: Cast, world: World) -> None:
    call = world.call("anna.astrom", "leila.virtanen", seconds=40, hold=(15, 25))
    seen = program(READ, person=cast.anna).get(f"calls/{call.hex}")
    leg = seen["legs"][0]
    assert seen["others"] == 1 and seen["pauses"] == [] and seen["gaps"] == 0
    assert [one["to"] for one in seen["holds"]] == [leg["ended_at"]]


def test_n12_a_lossy_form_is_told_with_its_bit_rate(cast: Cast, world: World) -> None:
    call, anna = world.call("anna.astrom"), program(READ, person=cast.anna)
    assert anna.get(f"calls/{call.hex}")["kept_in_lossy_form"] is None
    row = Call.objects.get(id=call)
    row.recording["lossy"] = {"codec": "OPUS", "kbits": 24, "since_us": to_micros(NOW)}
    row.save()
    told = anna.get(f"calls/{call.hex}")["kept_in_lossy_form"]
    assert (told["codec"], told["kbit_a_second"], told["since"][:10]) == ("OPUS", 24, "2026-11-23")


def test_n27_a_token_ends_with_its_term_its_owner_and_at_once(cast: Cast, world: World) -> None:
    anna = program(READ, person=cast.anna)
    leila = program(READ, person=cast.leila, name="second")
    oskar = program(READ, person=cast.oskar, name="third")
    tokens.end(ApiToken.objects.get(name="second").id, by=BY, now=NOW)
    enrol.depart(cast.oskar.id, by=BY, now=NOW)
    assert [one.ask("GET", "calls/")[0] for one in (anna, leila, oskar)] == [200, 401, 401]
    wiring.install(world.wiring(NOW + timedelta(days=30)))
    assert anna.ask("GET", "calls/")[0] == 401
    with pytest.raises(TokenError, match="no such token"):
        tokens.end(ApiToken.objects.get(name="second").id, by=BY, now=NOW)


def test_n27_what_a_token_may_not_be_is_refused(cast: Cast) -> None:
    administrator = cast.administrator.id.hex
    good = terms(READ, person=cast.anna)
    wrong = {
        "named person": replace(good, person=None),
        "of its own": replace(good, scopes=frozenset({READ, TokenScope.LOG})),
        "four purposes": replace(good, purpose="marketing"),
        "Name the lines": replace(good, lines=frozenset()),
        "stand in the register": replace(good, lines=frozenset({"+35812345"})),
        "the word all": replace(good, lines=frozenset({"all", cast.service_line.number})),
        "within 366 days": replace(good, ends=NOW + timedelta(days=367)),
        "after today": replace(good, begins=NOW - timedelta(days=2), ends=NOW),
        "small letters": replace(good, name="Anna’s"),
        "to themselves": replace(good, person=cast.administrator.id),
        "no such person": replace(good, person=UUID(int=1)),
    }
    for sentence, one in wrong.items():
        with pytest.raises(TokenError, match=sentence):
            tokens.grant(one, by=administrator, now=NOW)
    tokens.grant(good, by=administrator, now=NOW)
    with pytest.raises(TokenError, match="stands already"):
        tokens.grant(good, by=administrator, now=NOW)


def test_n27_the_officer_is_told_of_each_token(cast: Cast, sign_in: SignIn) -> None:
    tokens.grant(terms(READ, person=cast.anna), by=cast.administrator.id.hex, now=NOW)
    found = [one for one in queue.from_log(cast.dpo.id, NOW) if one.kind.startswith("access:token")]
    assert [one.facts["person"] for one in found] == [cast.anna.id.hex]
    page = sign_in(cast.dpo).get("/queue/").content.decode()
    assert "test, for calls:read" in page and "Anna Åström" in page


def test_the_log_is_followed_without_gaps_and_without_end(cast: Cast, world: World) -> None:
    reader, _other = program(TokenScope.LOG), program(TokenScope.STATE, name="second")
    assert reader.get("log") == {"entries": [], "next": -1}  # nothing has its place yet
    sequence(NOW, SIGNER)
    first = reader.get("log?most=1")
    second = reader.get(f"log?after={first['next']}")
    told = first["entries"] + second["entries"]
    assert [(one["place"], one["kind"]) for one in told] == [
        (0, "access:token:granted"),
        (1, "access:token:granted"),
    ]
    sequence(NOW, SIGNER)
    own = reader.get(f"log?after={second['next']}")
    assert {one["kind"] for one in own["entries"]} == {"access:log:read"}
    sequence(NOW, SIGNER)
    assert reader.get(f"log?after={own['next']}")["entries"] == []


def test_state_is_told_to_a_machine(cast: Cast, world: World) -> None:
    reader = program(TokenScope.STATE)
    told = reader.get("state")
    unknown = dict.fromkeys(("waiting_calls", "taken_in_per_minute", "waiting_left_s"))
    assert told == {"database": True, "keys": True, "well": True, "alarms": [], **unknown}
    state = world.folder / "worker.json"
    wiring.install(replace(world.wiring(), worker=state))
    write_state(state, [], NOW, intake=Progress(4200, per_minute=1400, left_s=180))
    told = reader.get("state")
    assert [told[name] for name in unknown] == [4200, 1400, 180]


def test_faults_are_problems_that_say_what_to_change(cast: Cast, world: World) -> None:
    call = world.call("anna.astrom")
    anna = program(*CALLS, person=cast.anna)
    path = f"calls/{call.hex}/training"
    faults = {
        400: [
            ("GET", "calls/?colour=red", b""),
            ("GET", "calls/?from=2026-02-31", b""),
            ("GET", "calls/?from=2026-11-01&from=2026-11-02", b""),
            ("GET", "calls/?number=%2B358401234567", b""),
            ("GET", "calls/?at=%00", b""),
            ("GET", "calls/?at=x", b""),
            ("POST", path, b"{"),
            ("POST", path, b"[" * 200_000),
            ("POST", path, b'{"for_training": NaN}'),
            ("POST", path, b'{"for_training": 1}'),
            ("POST", path, b'{"for_training": true, "more": 1}'),
            ("POST", path, b"\xff\xfe"),
            ("POST", path, b"{}"),
        ],
        404: [("GET", "calls/x", b""), ("GET", "anything", b"")],
        405: [("DELETE", "calls/", b""), ("GET", path, b"")],
        413: [("POST", path, b" " * (frame.MAX_BODY + 1))],
        422: [("GET", "calls/?from=2026-11-02&to=2026-11-01", b"")],
    }
    for status, asked in faults.items():
        for method, where, body in asked:
            answer = anna.raw(method, where, body)
            assert answer.status_code == status, (where, body[:40], answer.status_code)
            assert answer["Content-Type"] == "application/problem+json"
            told = json.loads(getattr(answer, "content", b""))
            assert told["status"] == status and told["detail"] and told["title"]
    assert anna.raw("POST", path, b"a=b", "application/x-www-form-urlencoded").status_code == 415
    assert anna.raw("DELETE", "calls/")["Allow"] == "GET"


def test_n33_no_cookie_opens_the_api_and_nothing_is_kept(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    answer = client.get("/api/v1/calls/")
    assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith("Bearer")
    anna = program(READ, person=cast.anna)
    good = anna.raw("GET", "calls/")
    assert good["Cache-Control"] == "no-store" and not good.cookies
    assert client.get("/api/openapi.json").status_code == 200
    assert Client().get("/api/openapi.json").status_code == 401


def test_wrong_tokens_and_too_many_requests_wait(cast: Cast, world: World) -> None:
    stranger = Program("vaiti-api-wrong")
    got = [stranger.ask("GET", "calls/")[0] for _ in range(52)]
    assert set(got[:50]) == {401} and got[-1] == 429
    reader = program(TokenScope.STATE)
    for _ in range(frame.PACE.most):
        assert frame.PACE.allows(ApiToken.objects.get().id.hex, NOW)
    answer = reader.raw("GET", "state")
    assert answer.status_code == 429 and answer["Retry-After"] == "60"


def test_n23_a_token_shares_the_pace_of_its_owners_pages(cast: Cast, world: World) -> None:
    anna = program(READ, person=cast.anna)
    for _ in range(pages.LISTS.most - 1):
        assert pages.LISTS.allows(cast.anna.id.hex, NOW)
    assert anna.ask("GET", "calls/")[0] == 200
    assert anna.ask("GET", "calls/")[0] == 429


def test_n22_an_agents_program_pauses_and_drops_her_own_call(cast: Cast, world: World) -> None:
    path = world.folder / "control.sock"
    wiring.install(replace(world.wiring(), recorder=RecorderClient({"recorder": path})))
    recorder = LiveRecorder(path, NOW)
    recorder.start()
    try:
        call = recorder.call("anna.astrom").call_id
        anna, leila = program(LIVE, person=cast.anna), program(LIVE, person=cast.leila, name="two")
        assert [one["state"] for one in anna.get("live/calls")["calls"]] == ["recording"]
        assert leila.get("live/calls") == {"calls": []}
        where, why = f"live/calls/{call}/", {"reason": "payment"}
        assert leila.ask("POST", where + "pause", why)[0] == 404
        assert anna.ask("POST", where + "pause", {"reason": "boredom"})[0] == 400
        assert anna.ask("POST", where + "pause", why) == (204, None)
        assert recorder.states("anna.astrom") == ["paused"]
        assert anna.ask("POST", where + "resume") == (204, None)
        said = anna.ask("POST", where + "do-not-call")
        assert said == (200, {"dialler_told": False})
        assert leila.ask("POST", where + "do-not-call")[0] == 404
        assert anna.ask("POST", where + "drop", {"wish": "objection"}) == (204, None)
        assert recorder.states("anna.astrom") == ["not_recorded"]
    finally:
        recorder.stop()
    assert {one.actor for one in entries(Kind.CALL_RECORDING_PAUSED)} == {cast.anna.id.hex}
    assert len(entries(Kind.CALL_RECORDING_DROPPED)) == 1
    assert len(entries(Kind.CALL_CONTACT_OBJECTED)) == 1


def test_n21_an_agents_program_says_that_the_announcement_was_made(
    cast: Cast, world: World
) -> None:
    path = world.folder / "control.sock"
    wiring.install(replace(world.wiring(), recorder=RecorderClient({"recorder": path})))
    recorder = LiveRecorder(path, NOW)
    recorder.start()
    try:
        where = f"live/calls/{recorder.call('anna.astrom', line=GATED).call_id}/announced"
        anna, leila = program(LIVE, person=cast.anna), program(LIVE, person=cast.leila, name="two")
        (waiting,) = anna.get("live/calls")["calls"]
        assert (waiting["state"], waiting["reason"]) == ("waiting", "announcement")
        assert leila.ask("POST", where)[0] == 404
        assert anna.ask("POST", where) == (204, None)
        assert recorder.states("anna.astrom") == ["recording"]
    finally:
        recorder.stop()
    (said,) = entries(Kind.CALL_RECORDING_ANNOUNCED)
    assert said.actor == cast.anna.id.hex


def test_an_agent_without_a_recorder_is_told_so(cast: Cast, world: World) -> None:
    anna = program(LIVE, person=cast.anna)
    assert anna.ask("GET", "live/calls")[0] == 503
    manager = program(LIVE, person=cast.mikko, name="second")
    assert manager.ask("GET", "live/calls")[0] == 404
