"""The register of breaches in the pages: noted, traced from the log, judged, told and closed."""

import csv
import io
import json
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from cast import NOW, Cast
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.rights import letters, watch
from vaiti.rights.breaches import book
from vaiti.rights.breaches.models import Breach, BreachCall
from vaiti.rights.breaches.rules import BreachRules
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.policy import CaseRules
from web.case_desk import filled
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
FORM = {
    "act": "note",
    "lost": ["confidentiality"],
    "what": "Somebody listened with the password of another.",
    "aware": "23.11.2026 09:15",
}


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def note(officer: Client, **changes: object) -> Breach:
    answer = officer.post("/breaches/new", FORM | changes)
    assert answer.status_code == 302, text(answer)
    return Breach.objects.order_by("-noted_at", "-serial")[0]


def do(officer: Client, breach: Breach, act: str, **given: str) -> int:
    address = f"/breaches/{breach.id.hex}/"
    return int(officer.post(address, {"act": act, **given}).status_code)


def listen(agent: Client, call: UUID) -> None:
    page = text(agent.get(f"/calls/{call.hex}/"))
    leg = page.partition('name="leg" value="')[2].partition('"')[0]
    assert agent.post(f"/calls/{call.hex}/listen", {"leg": leg}).status_code == 303


def day(at: object) -> str:
    return f"{at.day}.{at.month}.{at.year}"  # type: ignore[attr-defined]


def test_l22_a_breach_from_the_first_suspicion_to_the_closed_record(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    heard = world.call("anna.astrom", seconds=4)
    seen = world.call("anna.astrom", seconds=4, start=NOW - 5 * HOUR)
    apart = world.call("leila.virtanen", seconds=4, start=NOW - 6 * HOUR)
    agent, officer, lead = sign_in(cast.anna), sign_in(cast.dpo), sign_in(cast.security_lead)
    listen(agent, heard)
    agent.get(f"/calls/{seen.hex}/")
    assert agent.get("/breaches/").status_code == 404

    breach = note(lead, aware=f"{day(NOW)} 00:01")
    assert (breach.state, breach.hours) == ("open", 72)
    span = {"begins": day(NOW - timedelta(days=1)), "ends": day(NOW)}
    assert do(lead, breach, "person", who="anna.astrom", **span) == 302
    found = dict(BreachCall.objects.values_list("call", "how"))
    assert found == {heard: "heard", seen: "seen"}
    assert do(lead, breach, "store", **span) == 302
    assert dict(BreachCall.objects.values_list("call", "how")) == found | {apart: "stored"}
    gone = uuid4()
    assert do(lead, breach, "named", calls=f"https://x/calls/{gone.hex}/") == 302
    page = text(lead.get(f"/breaches/{breach.id.hex}/"))
    assert all(one.hex in page for one in (heard, seen, apart, gone))
    assert "Anna" in page
    assert "Judge the risk" not in page  # which is the officer's

    judged = {"risk": "high", "why": "A voice tells much of a person.", "measures": "Locked."}
    assert do(lead, breach, "assess", **judged) == 404
    assert do(officer, breach, "close") == 422
    assert do(officer, breach, "assess", **judged | {"why": "+358 40 123 4567"}) == 422
    assert do(officer, breach, "assess", **judged) == 302
    assert do(officer, breach, "close") == 422
    write_both(officer, breach)
    at = f"{day(NOW)} 00:05"
    assert do(officer, breach, "notified", at=at, number="TSV-2026-9") == 302
    assert do(officer, breach, "close") == 422
    assert do(officer, breach, "told", at=at, how="each") == 302
    assert do(officer, breach, "close") == 302
    assert "TSV-2026-9" in text(officer.get(f"/breaches/{breach.id.hex}/"))
    as_files(officer)
    assert "Closed" in text(lead.get("/breaches/"))
    logged(breach, gone)


def as_files(officer: Client) -> None:
    """The whole register leaves as a file, which is in the log; a formula in it is none."""
    Breach.objects.update(measures="=1+1")
    told = json.loads(officer.get("/breaches/register?as=json").content)
    (one,) = told["breaches"]
    assert (one["number"], one["risk"], one["calls"]) == ("PB-2026-1", "high", 4)
    (row,) = csv.DictReader(io.StringIO(officer.get("/breaches/register?as=csv").content.decode()))
    assert (row["authority_number"], row["measures"]) == ("TSV-2026-9", "'=1+1")
    for language in ("fi", "sv", "en"):
        made = officer.get(f"/breaches/register?as=pdf&language={language}")
        assert made.content[:4] == b"%PDF"
    assert officer.get("/breaches/register").status_code == 404
    hows = {one.facts.get("how") for one in entries(kind="rights:breaches:listed").entries}
    assert hows >= {"pdf", "csv", "json"}


def write_both(officer: Client, breach: Breach) -> None:
    """The drafts say what is known; what is not known is a blank, and no letter with one leaves."""
    for language, kind, said in (
        ("fi", "breach_authority", "4 puhelua, joista 3 on vielä tallessa"),
        ("sv", "breach_person", "Somebody listened with the password of another."),
        ("en", "breach_authority", "4 calls, of which 3 are still kept"),
    ):
        given = {"kind": kind, "language": language}
        answer = officer.post(f"/letters/{breach.id.hex}/", given)
        assert answer.status_code == 302
        row = LetterRow.objects.order_by("-made_at", "-id").get(language=language)
        assert said in json.dumps(row.parts, ensure_ascii=False)
        address = f"/letters/{breach.id.hex}/{row.id.hex}/"
        assert officer.post(address, {"act": "send", "how": "mail"}).status_code == 422
        sent = {"act": "send", "how": "mail", **filled(row.id)}
        assert officer.post(address, sent).status_code == 302
        assert officer.get(address + "letter.pdf").content[:4] == b"%PDF"
    refusal = {"kind": "refusal", "language": "en"}
    assert officer.post(f"/letters/{breach.id.hex}/", refusal).status_code == 422


def logged(breach: Breach, gone: UUID) -> None:
    """Each act is one entry, and nothing that was typed is in any."""
    found = entries(subject=breach.id.hex, limit=100).entries
    acts = {one.kind.rsplit(":", 1)[1] for one in found}
    assert acts == {"noted", "traced", "assessed", "notified", "told", "closed", "seen"}
    told = json.dumps([one.facts for one in entries(limit=200).entries])
    assert "Somebody listened" not in told
    assert gone.hex not in told
    traced = [one.facts for one in found if one.kind == "rights:breach:traced"]
    assert sorted((one["how"], one["added"]) for one in traced) == [
        ("named", 1),
        ("person", 2),
        ("store", 1),
    ]


def test_l22_the_clock_is_heard_and_falls_silent_when_the_authority_was_told(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    officer, rules = sign_in(cast.dpo), BreachRules()
    breach = note(officer, aware=f"{day(NOW - timedelta(days=4))} 08:00")
    unlikely = note(officer, aware=f"{day(NOW - timedelta(days=4))} 08:00")
    book.watch(rules, NOW)
    book.watch(rules, NOW)
    late = {one.key for one in alarms.standing() if one.kind == book.OVERDUE}
    assert late == {breach.id.hex, unlikely.id.hex}
    warned = [one for one in alarms.standing() if one.kind == book.WAITS]
    assert [one.count for one in warned] == [1] * 6
    assert "A breach of personal data is overdue" in text(officer.get("/queue/"))
    assert f'href="/breaches/{breach.id.hex}/"' in officer.get("/queue/").content.decode()
    assert "overdue" in text(officer.get("/breaches/"))

    why = "Sealed recordings, and no key of theirs was there."
    assert do(officer, unlikely, "assess", risk="none", why=why) == 302
    assert do(officer, unlikely, "close") == 302
    at = f"{day(NOW)} 00:05"
    assert do(officer, breach, "notified", at=at) == 422  # late, and no reason
    assert do(officer, breach, "notified", at=at, late="We looked for the calls first.") == 302
    assert do(officer, breach, "notified", at=at) == 302  # more was told
    book.watch(rules, NOW)
    assert not [one for one in alarms.standing() if one.kind in (book.OVERDUE, book.WAITS)]
    row = Breach.objects.get(id=breach.id)
    assert row.late_why == "We looked for the calls first."
    assert row.supplemented_at == row.notified_at


def test_l22_the_record_stays_its_own_time_and_goes_with_its_letters(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    officer, rules = sign_in(cast.dpo), BreachRules()
    breach = note(officer)
    why = "Nothing could be read of it by anybody."
    assert do(officer, breach, "assess", risk="none", why=why) == 302
    draft = {"kind": "breach_authority", "language": "fi"}
    assert officer.post(f"/letters/{breach.id.hex}/", draft).status_code == 302
    assert do(officer, breach, "close") == 302
    assert do(officer, breach, "told", at="") == 422
    assert do(officer, breach, "reopen") == 302
    assert do(officer, breach, "assess", risk="none", why=why) == 302
    assert do(officer, breach, "close") == 302
    cases = CaseRules(keep=timedelta(days=30))
    watch.forget(cases, world.store, NOW + timedelta(days=400))
    assert letters.cards("PB-2026-1")
    book.watch(rules, NOW + rules.keep - timedelta(days=1))
    assert Breach.objects.exists()
    book.watch(rules, NOW + rules.keep + timedelta(days=1))
    with connection.cursor() as cursor:
        for table in ("rights_breach", "rights_breachcall", "rights_letter"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


def test_l22_a_form_that_is_wrong_says_what_to_change(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    officer = sign_in(cast.dpo)
    for wrong, said in (
        ({"lost": []}, "Tick what happened to the data."),
        ({"aware": "tomorrow"}, "Write a day like"),
        ({"aware": "1.1.2020"}, "within the last year"),
        ({"begins": day(NOW + timedelta(days=9))}, "It began before"),
        ({"what": "Bad."}, "Say what happened"),
        ({"what": "She has the number 0401234567 and called."}, "No telephone number"),
    ):
        answer = officer.post("/breaches/new", FORM | wrong)
        assert answer.status_code == 422
        assert said in text(answer)
    assert not Breach.objects.exists()
    breach = note(officer)
    assert do(officer, breach, "person", who="nobody", begins="1.11.2026", ends="2.11.2026") == 422
    assert do(officer, breach, "person", who="anna.astrom") == 422
    assert do(officer, breach, "store", begins="2.11.2026 10:00", ends="1.11.2026") == 422
    assert do(officer, breach, "named", calls="the newest") == 422
    assert do(officer, breach, "burn") == 400
    assert officer.get(f"/breaches/{uuid4().hex}/").status_code == 404
