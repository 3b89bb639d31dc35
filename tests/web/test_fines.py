"""What others were fined or ordered for with call recordings: each a test that would have seen it.

The names are those of the decisions; ELSEWHERE lists those whose tests stand beside what they try.
"""

import re
from datetime import date, timedelta

import pytest
from django.db import connection

from cast import NOW, Cast
from house.sources import ROOT
from vaiti.due import alarms
from vaiti.register.candidates import Sought
from vaiti.register.models import Call, Hold
from vaiti.retention import planning
from vaiti.retention.destroy import execute
from vaiti.rights import clock, deciding, keeping, letters, searching, watch
from vaiti.rights.asking import Proof, Right, identified
from vaiti.rights.case_models import Case, CaseCall, KeptCall
from vaiti.rights.clock import Course, Stage
from vaiti.rights.copy_rules import CopyRefused, Wanted, check
from vaiti.rights.grounds import GROUNDS
from vaiti.rights.holidays import Calendar
from vaiti.rights.letter_rules import REQUIRED, Letter
from vaiti.rights.policy import CaseRules
from web.case_desk import MINE, call, decided, do, hand_out, open_case, searched, send, text, write
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = {
    "ops/test_mailbox.py": ("otavamedia_6097_161_21", "finland_2022"),
    "recorder/test_answering.py": ("d07_finland_2020",),
    "web/test_own_case.py": ("2680_41_2010",),
    "capture_pure/test_session.py": ("prebus",),
    "ops/test_planted_faults.py": ("1177",),
    "promises/test_closed_schema.py": ("budapest_bank",),
    "access/test_mandates.py": ("spartoo_san_2020_003",),
    "scenarios/test_second_organisation.py": ("tdc_2019",),
}
"""A mailbox that was dead, or whose requests nobody saw; callers told too late; one time to listen
and no other; calls recorded unasked; numbers in names of files; moods heard by a machine; all
calls recorded to train on; training without consent."""


def test_3021_452_2017_and_belgium_57_2023_listening_at_the_office_never_stands_for_a_copy(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """Finland, 20.2.2020: only listening was offered. Belgium: EUR 40,000 for the same."""
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    case = open_case(handler, "copy")
    searched(handler, case, mine)
    decided(handler, case, f"copy:{mine.hex}")
    send(handler, case, write(handler, case, "decision"))
    for what in ("listening_offered", "listening_held", "listening_waived"):
        assert do(handler, case, "give", what=what, how="hand") == 302
        assert do(handler, case, "fulfilled") == 422, what
    internal = {"outcome": "refused", "ground": "", "words": "For internal use only, always."}
    other = open_case(handler, "copy")
    assert do(handler, other, "decide", point="copy:", **internal) == 422, "Spain, TD/00129/2020"
    hand_out(handler, case, mine)
    case.refresh_from_db()
    assert case.state == "fulfilled"


def test_3592_152_2019_and_nissan_nordic_2021_a_transcript_stands_for_sound_by_decision_only(
    cast: Cast,
) -> None:
    """Finland, 24.6.2021: recordings are personal data, and an edited summary is no copy."""
    with pytest.raises(CopyRefused):
        check([Wanted(cast.anna.id, transcript="She said yes.")])
    why = "The customer hears badly and asked for the whole in writing."
    check([Wanted(cast.anna.id, transcript="Whole, word by word.", why=why)])
    wrong = [one for one in letters.texts("en").values() if "summary" in one.lower()]
    assert not wrong


def test_telemarketer_2022_a_request_that_nobody_answers_is_seen_until_it_is_closed(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """Finland, 29.4.2022: an order to give access to a recording was ignored."""
    case = open_case(sign_in(cast.rights_handler), "copy")
    rules = CaseRules()
    for days, standing in ((10, 1), (20, 2), (25, 3), (40, 5)):
        at = NOW + timedelta(days=days)
        watch.watch_clocks(rules, at.date(), at)
        assert len(alarms.standing()) == standing, days
    late = [one for one in alarms.standing() if one.kind == "rights:case_overdue"]
    assert [one.key for one in late] == [case.id.hex]
    assert not late[0].event, "nobody clicks it away"
    assert do(sign_in(cast.rights_handler), case, "withdraw") == 302
    assert not alarms.standing(), "and none outlives its case"


def test_8422_161_21_and_a_hotel_in_spain_a_request_in_time_though_the_calls_day_came_first(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """Finland, 2023, EUR 23,000: the recordings no longer existed, for their day had come."""
    began = NOW - timedelta(days=180)
    mine = world.call("anna.astrom", seconds=4, start=began, customer=MINE)
    strange = world.call("anna.astrom", seconds=4, start=began, customer="+358407655***")
    due = Call.objects.get(id=mine).due_at
    assert NOW < due < NOW + timedelta(days=10)
    handler = sign_in(cast.rights_handler)
    given = {"channel": "letter", "arrived": "23.11.2026", "asked": ["copy"]}
    given |= {"number": "040 765 4321", "about_from": "27.5.2026", "signature": "absent"}
    assert handler.post("/cases/new", given).status_code == 201
    case = Case.objects.get()
    assert keeping.keep_pending(world.keys, NOW) == 1
    assert keeping.keep_pending(world.keys, NOW) == 0
    assert [one.call for one in KeptCall.objects.all()] == [mine]

    later = due + timedelta(days=5)
    journal = world.folder / "journal"
    journal.mkdir()
    plan = planning.plan(later)
    assert plan and execute(plan.id, world.keys, world.store, journal, later).done == 1
    assert not Call.objects.filter(id=strange).exists(), "a stranger's call has its day"
    for step in ("I2", "I3"):
        assert do(handler, case, "prove", proof=step) == 302
    assert do(handler, case, "identified") == 302
    sought = Sought(began - timedelta(hours=1), began + timedelta(hours=1), MINE)
    person = cast.rights_handler.id
    searching.name_call(person, case.id, mine, sought, keys=world.keys, now=later)
    assert CaseCall.objects.get().hold == Hold.objects.get().id, "one hold, taken over"
    searching.confirm(person, case.id, mine, later)
    searching.move_to_searched(person, case.id, later)
    hold = Hold.objects.get()
    assert hold.ended_at is None

    again = later + timedelta(days=1)
    deciding.withdraw(person, case.id, again)
    assert Call.objects.get(id=mine).due_at <= again, "the hold ends, and the call at once"
    plan = planning.plan(again)
    assert plan and execute(plan.id, world.keys, world.store, journal, again).done == 1


def test_otavamedia_6097_161_21_an_unsigned_letter_goes_the_whole_way(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """A signed form was demanded, and compared with nothing; the mailbox: tests of channels."""
    handler = sign_in(cast.rights_handler)
    given = {"channel": "letter", "arrived": "20.11.2026", "asked": ["copy"]}
    for signature in ("absent", "present"):
        assert handler.post("/cases/new", given | {"signature": signature}).status_code == 201
    unsigned, signed = Case.objects.order_by("serial")
    pages = [text(handler.get(f"/cases/{one.id.hex}/")) for one in (unsigned, signed)]
    for one in (unsigned, signed):
        for proof in ("I2", "I3"):
            assert do(handler, one, "prove", proof=proof) == 302
        assert do(handler, one, "identified") == 302
    assert "which makes no difference" in pages[0]
    assert identified(["copy"], [Proof.NUMBER, Proof.KNOWLEDGE], "customer")


def test_tsv_224_2023_and_7713_163_2018_no_copy_of_an_identity_document_has_a_place_to_be_kept(
    cast: Cast,
) -> None:
    """A signed form and a copy of an identity card were demanded of everybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM rights_case")
        columns = {one[0] for one in cursor.description}
    assert not {"document_number", "document_image", "scan", "identity_number"} & columns
    for language in ("fi", "sv", "en"):
        asked = letters.texts(language)["no_papers"]
        assert {"fi": "Älä lähetä", "sv": "ingen kopia", "en": "Do not send"}[language] in asked


def test_tsv_91_2020_a_representative_is_served_with_an_authority_and_not_sent_away(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """The Tax Administration was reprimanded for refusing somebody's representative."""
    handler = sign_in(cast.rights_handler)
    given = {"channel": "desk", "asked": ["copy"], "capacity": "representative"}
    assert handler.post("/cases/new", given | {"document": "passport"}).status_code == 201
    case = Case.objects.get()
    assert do(handler, case, "prove", proof="I3") == 302
    assert do(handler, case, "identified") == 422, "for somebody else, by their authority"
    assert do(handler, case, "prove", proof="I5") == 302
    assert do(handler, case, "identified") == 302


def test_tsv_121_2021_nobody_needs_a_bank_account_to_be_believed() -> None:
    """Somebody without bank credentials was asked for an identity card."""
    assert identified(["copy"], [Proof.NUMBER, Proof.KNOWLEDGE], "customer")
    assert not identified(["copy"], [Proof.SIGNED_IN], "customer"), "the call is linked too"


def test_each_decision_has_a_test_of_its_name() -> None:
    for file, names in ELSEWHERE.items():
        tests = (ROOT / "tests" / file).read_text("utf-8")
        for name in names:
            assert re.search(rf"^def test_\w*{name}_", tests, re.M), (file, name)


def test_lithuania_a_case_is_kept_longer_than_its_answer_may_be_doubted() -> None:
    """A controller kept requests for one year, where sanctions were possible for two."""
    assert CaseRules().keep >= timedelta(days=2 * 366)


def test_3343_163_20_evidence_in_a_dispute_is_no_reason_to_withhold_a_copy() -> None:
    """Finland, 24.2.2021: a recording was withheld as "part of the evidence"; C-307/22: no motive
    of hers is asked for."""
    withhold = {code for code, one in GROUNDS.items() if Right.COPY in one.rights}
    assert withhold == {"not_identified", "excessive", "none_kept", "others_rights"}


def test_naih_2016_and_c_487_21_a_copy_has_the_others_voice_and_costs_nothing(cast: Cast) -> None:
    """Hungary, and the Court: an answer without its question is no faithful copy."""
    assert Wanted(cast.anna.id).voices == "both"
    for asked in ("customer", "agent"):
        with pytest.raises(CopyRefused, match="why"):
            check([Wanted(cast.anna.id, voices=asked)])
    assert "free" in REQUIRED[Letter.RECEIPT]


def test_c_579_21_and_c_154_21_information_tells_consultations_and_recipients_by_law() -> None:
    """A Finnish case before the Court: by date and purpose; recipients by name."""
    assert REQUIRED[Letter.INFORMATION]["consultations"] == "C-579/21"
    assert REQUIRED[Letter.INFORMATION]["recipients"] == "15(1)(c)"


def test_12_3_the_alarms_of_ten_twenty_and_twenty_five_days_come_before_the_month_is_over() -> None:
    course, calendar = Course(date(2026, 2, 1)), Calendar()
    for day in range(1, 29):
        reached = clock.stages(course, calendar, date(2026, 2, 1) + timedelta(days=day))
        assert (Stage.SLOW_10 in reached) == (day >= 10)
        assert (Stage.SLOW_25 in reached) == (day >= 25)
        assert Stage.OVERDUE not in reached
