"""A whole site in a folder of its own: database, recordings, keys, and granian serving them.

`python site.py fill FOLDER` makes it; granian serves `browser.site:application` with VAITI_SITE
naming the folder. The clock stands still at the cast's instant, as the key process's does.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "tre gula brevlådor"
CALLS = 60
CASE_CODE = "23456-ABCDE-FGHJK-MNPQR"
FOR_ALL = "second_factor_for_all"
"""The file in the site's folder with which everybody needs a second factor."""


def start_django(folder: Path) -> None:
    import django
    from django.conf import settings

    from vaiti.ops.django_config import django_settings, sqlite_database

    given: dict[str, Any] = django_settings(
        sqlite_database(str(folder / "db.sqlite3")), "only-for-tests" * 4, ["*"], secure=False
    )
    settings.configure(**given)
    django.setup()


def fill(folder: Path) -> None:
    start_django(folder)
    from browser.site_law import enter_law
    from cast import NOW, READY_UNTIL, make_cast
    from vaiti.due import alarms
    from vaiti.ops.schema import bring_up_to_date
    from vaiti.people import enrol
    from vaiti.people.models import Person
    from vaiti.retention import periods
    from web.world import KeyRoom, enter, hashed

    bring_up_to_date()
    cast = make_cast()
    enter_newcomer()
    enter_handler()
    enter_line()
    Person.objects.update(password=hashed(PASSWORD))
    ask_for_training()
    room = KeyRoom(folder)
    world = enter(room, folder)
    try:
        newest = world.call("anna.astrom", seconds=95, hold=(41, 47))
        hours = {"start": NOW - timedelta(hours=4)}
        both = world.call("anna.astrom", "leila.virtanen", **hours, direction="out")
        for number in range(CALLS):
            world.call(
                ("anna.astrom", "leila.virtanen", "oskar.lind")[number % 3],
                start=NOW - timedelta(hours=5 + 7 * number, minutes=7 * number % 60),
                seconds=5 + 7 * number % 60,
                customer=("+358407712***", "+46701234***", "not available", "***")[number % 4],
                direction=("in", "in", "out")[number % 3],
            )
        enter_odd_calls(cast)
        enter_incident(cast, world.call("sofia.holm"))
        enter_alert(cast)
        enter_gaps()
        enter_proof()
        enter_promises()
        periods.watch(1, NOW)
        enter_activity(cast, world.call("sofia.holm", call_id="6" * 32))
        enter_second_words(cast, both)
        enter_case(cast, newest)
        enter_granted(both)
        enter_law(cast, newest)
        enter_order(newest)
        enter_check(newest)
        alarms.raise_alarm(
            *("recording_damaged", "0" * 32, "segment 3 is not what was sealed", NOW), event=True
        )
        waits = f"{'5' * 32}:slow_10", "number=R-2026-2 stage=slow_10"
        alarms.raise_alarm("rights:case_waits", *waits, NOW, event=True)
        alarms.raise_alarm("promise_broken", "demo", "retention.leftovers", NOW)
        enrol.grant_role(
            cast.oskar.id, "trainer", by="system:scim", now=NOW, source="scim", until=READY_UNTIL
        )
        alarms.raise_alarm(
            "recorder_silent", "recorder", "the recorder says nothing; others take calls", NOW
        )
    finally:
        world.close()
        room.stop()


def enter_gaps() -> None:
    """The recorder was away at one call of two; the row of that call has a known address."""
    from cast import NOW
    from manifests import SERVICE
    from vaiti.register import outages
    from vaiti.register.gaps import NewGap, What, enter
    from vaiti.register.matching import SECOND, Rules, Stretch
    from vaiti.register.models import Gap
    from vaiti.register.reconciling import Told, compare
    from vaiti.values.clock import to_micros

    away = to_micros(NOW - timedelta(hours=4, minutes=9))
    outages.seen("recorder", 0, away - 60 * SECOND, "", NOW)
    outages.seen("recorder", away + 60 * SECOND, away + 90 * SECOND, "", NOW)
    answered = to_micros(NOW - timedelta(hours=4))
    kept = Told(Stretch(SERVICE, answered, answered + 40 * SECOND))
    lost = Told(Stretch(SERVICE, away, away + 83 * SECOND))
    compare([kept, lost], source="pbx", rules=Rules(), by="system:test", now=NOW)
    Gap.objects.filter(kind="missing", cause="recorder_down").update(id=UUID(hex="9" * 32))
    enter_canaries()
    since = NOW - timedelta(minutes=40)
    for what, cause in ((What.QUIET, "fell_silent"), (What.UNWANTED, "twice")):
        enter(NewGap(what, cause, "intake", since, since + timedelta(seconds=95)), NOW)


def enter_canaries() -> None:
    """A test call that came through, and one on another line that was recorded without sound."""
    from cast import NOW
    from vaiti.notice.models import Line
    from vaiti.register import canaries
    from vaiti.register.canary_models import Canary

    recorded = Line.objects.filter(recorded=True).order_by("number")[:2]
    for line, cause in zip(recorded, ("", canaries.Cause.SILENT), strict=True):
        placed = NOW - timedelta(minutes=12)
        row = Canary.objects.create(
            line=line,
            placed_at=placed,
            state=canaries.State.ARRIVED,
            length_ms=5000,
            started_at=placed,
            ended_at=placed + timedelta(seconds=5),
        )
        canaries.judge(row.id, cause, NOW)


def enter_proof() -> None:
    """A look that does not hold in one place, a day with a signed certificate, a mail outside."""
    from django.db import transaction

    from cast import NOW
    from vaiti.audit import following
    from vaiti.audit.sequencer import sequence
    from vaiti.ops.proving import note
    from vaiti.promises.older.places import Looked
    from vaiti.promises.older.scan import PLACES, Scan
    from vaiti.retention import certificates
    from vaiti.retention.certificates import Issuer
    from web.test_certificates import DAY, SIGNER, buried

    buried(3, ended=True)
    certificates.issue(certificates.of_day(DAY), Issuer("", ""), by="system:test", now=NOW)
    following.reached("outside:mail", sequence(NOW, SIGNER).size, NOW)
    looked = (Looked(one, counted=40, older=int(one == "others")) for one in PLACES)
    with transaction.atomic():
        note(Scan(NOW, 6, NOW - timedelta(days=185), tuple(looked)), NOW)


def enter_promises() -> None:
    """Sentences in every state, and one of them shown to everybody."""
    from cast import NOW, person_id
    from vaiti.promises.models import Change, Publication, Result, Standing

    check = "retention.nothing_overdue"
    states = {"N-01": "statement", "N-18": "kept", "N-19": "broken", "N-34": "overdue"}
    for sentence, state in {**states, "N-43": "attested"}.items():
        told = {"state": state, "check_id": check if state == "broken" else ""}
        for days in (40, 2):
            Change.objects.create(sentence=sentence, at=NOW - timedelta(days=days), **told)
        Standing.objects.create(sentence=sentence, since=NOW, checked_at=NOW, **told)
    seen = {"kept": False, "broken_by": "something is there that is over its time"}
    evidence = {"looked_at": 12, "wrong": 3}
    Result.objects.create(check_id=check, evidence=evidence, since=NOW, checked_at=NOW, **seen)
    Publication.objects.create(sentences=["N-18"], person_id=person_id("daniel.ek"), at=NOW)


def enter_line() -> None:
    """A line whose entry has a known address, with rules of every kind."""
    from cast import SINCE
    from vaiti.notice.models import Line

    Line.objects.create(
        id=UUID(hex="7" * 32),
        number="+358207500000",
        label="Claims and complaints about parcels",
        function="service",
        outbound=False,
        recorded=True,
        announced=True,
        keeps_hold=False,
        keypad=True,
        valid_from=SINCE,
    )


def enter_newcomer() -> None:
    """Somebody who has not yet made a password of their own."""
    from cast import EMPLOYER, SINCE
    from vaiti.people.models import Person

    Person.objects.create(
        login="nora.ny",
        name="Nora Ny",
        employer=EMPLOYER,
        active_from=SINCE,
        password_given=True,
    )


def enter_odd_calls(cast: Any) -> None:  # noqa: ANN401 - imported once Django is set up
    """One transferred, interrupted and put right, whose address is known; and three of nobody."""
    from cast import NOW
    from manifests import enter
    from vaiti.access import correcting
    from vaiti.register.admission import MADE_UP

    long_ago = NOW - timedelta(days=60)
    call = enter(
        *("anna.astrom", "leila.virtanen"),
        call_id="5" * 32,
        start=long_ago,
        state="recovered",
        recorder=MADE_UP,
    )
    was = (cast.service_line.id, "in")
    correcting.correct_call(cast.mikko.id, call, cast.telesales_line.id, "out", was=was, now=NOW)
    for hours in (2, 30, 54):
        enter("room-17", start=long_ago + timedelta(hours=hours), recorder=MADE_UP)


def enter_handler() -> None:
    """Somebody who handles requests, and is ready, as Rita is not."""
    from cast import make_person
    from vaiti.people.models import RoleKind

    make_person("ritva.salo", "Ritva Salo", "fi", RoleKind.RIGHTS_HANDLER)


def enter_case(cast: Any, call: UUID) -> None:  # noqa: ANN401 - imported once Django is set up
    """A case that names her and a call."""
    from cast import NOW, person_id
    from vaiti.access import mandates

    end, by = NOW + timedelta(days=30), cast.dpo.id.hex
    case = mandates.open_mandate("case", "2026-118", ends_at=end, by=by, now=NOW)
    mandates.name_person(case, person_id("ritva.salo"), by=by, now=NOW)
    mandates.add_call(case, call, by=by, now=NOW)
    enter_letter(case)


def enter_letter(mandate: UUID) -> None:
    """The request behind it, at a known address, and a letter that is being written."""
    from cast import NOW
    from vaiti.access import mandates
    from vaiti.rights import letters
    from vaiti.rights.case_models import Case
    from vaiti.rights.letter_facts import Known, facts_of
    from vaiti.rights.letter_models import LetterRow

    Case.objects.create(
        id=UUID("4" * 32),
        year=2026,
        serial=118,
        state="received",
        channel="letter",
        capacity="customer",
        language="sv",
        country="SE",
        asked=["copy", "information"],
        arrived_on=NOW.date(),
        registered_at=NOW,
        registered_by="system:test",
        mandate=mandate,
    )
    card = mandates.card(mandate, NOW)
    assert card is not None
    facts = facts_of(Known(card.reference, card.calls, "Posti Group Abp", "FI", "SE"), "sv", NOW)
    made = letters.begin(card.reference, "information", "sv", facts, by="system:test", now=NOW)
    LetterRow.objects.filter(id=made).update(id=UUID("4" * 32))


def enter_granted(call: UUID) -> None:
    """A case whose listening was granted, at a known address and with a known code: words both
    ways, a time that was taken, one that was declined, and a letter and refusal that wait."""
    from cast import NOW, person_id
    from vaiti.access import mandates
    from vaiti.rights import messages, sittings, slots
    from vaiti.rights.case_models import Case, CaseCall, Decision
    from vaiti.rights.intake import digest
    from vaiti.rights.slots import Offer

    by, handler = person_id("ritva.salo").hex, person_id("ritva.salo")
    end = NOW + timedelta(days=30)
    mandate = mandates.open_mandate("case", "R-2026-119", ends_at=end, by=by, now=NOW)
    mandates.name_person(mandate, handler, by=by, now=NOW)
    mandates.add_call(mandate, call, by=by, now=NOW)
    case = Case.objects.create(
        id=UUID("3" * 32),
        year=2026,
        serial=119,
        state="searched",
        channel="web",
        capacity="customer",
        language="fi",
        country="FI",
        asked=["copy", "listening", "erasure"],
        arrived_on=NOW.date() - timedelta(days=9),
        registered_at=NOW,
        registered_by="system:web",
        name="Maija Meikäläinen",
        customer="+358407712***",
        about="A parcel that did not come.",
        proven=["I1", "I3"],
        shown_name="Maija Meikäläinen",
        assurance="http://ftn.ficora.fi/2017/loa2",
        secret=digest(CASE_CODE),
        mandate=mandate,
    )
    CaseCall.objects.create(case=case, call=call, confirmed=True, named_by=by, named_at=NOW)
    made = {"case": case, "call": call, "decided_by": by, "decided_at": NOW}
    for right in ("copy", "listening"):
        Decision.objects.create(right=right, outcome="granted", **made)
    why = {"ground": "legal_claim", "words": "A claim about the parcel is pending."}
    Decision.objects.create(right="erasure", outcome="refused", review="agreed", **why, **made)
    Case.objects.filter(id=case.id).update(state="decided")
    times = [Offer("helsinki", NOW + timedelta(days=day), 60) for day in (3, 4, 5)]
    slots.offer(handler, case.id, times, case_rules(), NOW)
    first, second, _third = slots.of_case(case.id, NOW)
    slots.answer(case.id, first.id, accept=False, needs="", by=None, now=NOW)
    slots.answer(case.id, second.id, accept=True, needs="No stairs, please.", by=None, now=NOW)
    messages.answer(handler, case.id, "Which of the two mornings suits you better?", NOW)
    messages.ask(case.id, "The earlier one.", NOW.date(), NOW + timedelta(minutes=1))
    sittings.new_code(case.id, by=None, now=NOW)


def case_rules() -> Any:  # noqa: ANN401 - imported once Django is set up
    from vaiti.rights.policy import CaseRules, Contact, Premises

    place = Premises(
        *("helsinki", "Customer service", "Postrutten 7 A, 00230 Helsinki"),
        "Step-free; induction loop and headphones",
        "Room 2, ground floor",
    )
    contact = Contact("PB 6, 00011 POSTI", "Postrutten 7 A", "020 071 000", "dpo@posti.example")
    return CaseRules(premises=(place,), contact=contact)


def enter_order(call: UUID) -> None:
    """Ritva has planned the destruction of her case's call; the officer is asked. Its address is
    known."""
    from cast import NOW, person_id
    from vaiti.retention import orders
    from vaiti.retention.models import Order, OrderCall
    from vaiti.retention.order_rules import Asked

    asked, by = Asked("case", "2026-118"), person_id("ritva.salo").hex
    row = Order.objects.get(id=orders.plan([call], "erasure", asked, by=by, now=NOW))
    planned, row.id = row.id, UUID(hex="4" * 32)
    row.save(force_insert=True)
    OrderCall.objects.filter(order_id=planned).update(order=row)
    Order.objects.filter(id=planned).delete()


def ask_for_training() -> None:
    """The course and the undertaking; Rita is without both, Leila's training ends in a week."""
    from zoneinfo import ZoneInfo

    from cast import NOW
    from vaiti.ops.first.training import enter_first
    from vaiti.people.models import Person, TrainingRecord, Undertaking

    enter_first("Europe/Helsinki", 12, "system:test", NOW - timedelta(days=2))
    rita = Person.objects.get(login="rita.niemi")
    for model in (TrainingRecord, Undertaking):
        model.objects.filter(person=rita).update(valid_to=NOW)
    end = (NOW + timedelta(days=8)).replace(hour=0, tzinfo=ZoneInfo("Europe/Helsinki"))
    TrainingRecord.objects.filter(person__login="leila.virtanen").update(valid_to=end)


def enter_incident(cast: Any, call: UUID) -> None:  # noqa: ANN401 - imported once Django is set up
    """One whose address is known, with a request that waits for an answer."""
    from cast import NOW
    from vaiti.access import approvals, incidents
    from vaiti.access.models import Mandate

    end, incident = NOW + timedelta(days=30), UUID("7" * 32)
    Mandate.objects.create(
        id=incident,
        kind="incident",
        reference="INC-2026-4",
        opened_by=cast.security_lead.id.hex,
        opened_at=NOW,
        ends_at=end,
    )
    lead = cast.security_lead.id
    for person in (cast.administrator.id, cast.dpo.id):
        incidents.name_person(lead, incident, person, NOW)
    incidents.add_call(lead, incident, call, NOW)
    approvals.ask(cast.administrator.id, incident, call, NOW)
    enter_sample(cast, call)


def enter_sample(cast: Any, call: UUID) -> None:  # noqa: ANN401 - imported once Django is set up
    """One whose address is known, of a call and of one that is gone; the log tells of another."""
    from cast import NOW, SINCE
    from vaiti.access import samples
    from vaiti.access.models import Sample, SampleCall
    from vaiti.register.sampling import Drawn

    samples.draw(cast.auditor.id, Drawn(SINCE, NOW), 3, NOW)
    given = {"begins": SINCE, "ends": NOW, "asked": 2, "among": 2, "drawn_at": NOW}
    made = Sample.objects.create(id=UUID("8" * 32), person=cast.auditor, seed="ab" * 16, **given)
    SampleCall.objects.create(sample=made, number=1, call=call, checked_at=NOW, intact=True)
    SampleCall.objects.create(sample=made, number=2, call=UUID("9" * 32))


def enter_alert(cast: Any) -> None:  # noqa: ANN401 - imported once Django is set up
    """One whose address is known, without entries; a complaint, and a number near to somebody."""
    from cast import NOW
    from vaiti.access import complaints, near
    from vaiti.access.models import Alert
    from vaiti.values.masked import MaskedNumber

    Alert.objects.create(
        id=UUID("9" * 32),
        rule="same_call",
        person=cast.mikko,
        count=6,
        least=6,
        begins_at=NOW - timedelta(days=2),
        ends_at=NOW,
        found_at=NOW,
    )
    complaints.note(cast.dpo.id, cast.mikko.id, "HR-2026-4", NOW, NOW)
    near.name(cast.trainer.id, MaskedNumber("+358407712***"), NOW)


def allow_training() -> None:
    """What the settings would say: a second person for training, and emergencies."""
    from vaiti.access import limits
    from vaiti.access.activity_rules import ActivityRules
    from vaiti.access.emergency_rules import EmergencyRules
    from vaiti.access.permit_rules import PermitRules

    given = limits.Limits(
        activities=ActivityRules(("+358207100000",), comments=True),
        permits=PermitRules(purposes=("training",), roles=("manager",)),
        emergency=EmergencyRules(roles=("manager", "rights_handler", "dpo")),
    )
    limits.install(given)


def enter_second_words(cast: Any, call: UUID) -> None:  # noqa: ANN401 - imported once Django is set up
    """A request that waits, one that was given, and an emergency that nobody has looked at."""
    from cast import NOW
    from vaiti.access import emergencies, permits
    from vaiti.register import calls

    leg = calls.legs(call)[0].id
    for person, reference in ((cast.mikko, "2026-118"), (cast.mikko, "2026-119")):
        made = permits.ask(person.id, leg, "training", reference, NOW)
    permits.answer(cast.dpo.id, made, "yes", "For the course.", NOW)
    reason = "The police wait for this call until noon."
    emergencies.open_emergency(cast.mikko.id, "INC-2026-4", reason, 2, strong=True, now=NOW)


def enter_check(call: UUID) -> None:
    """The machine has compared the newest recording with its seal."""
    from cast import NOW
    from vaiti.register import checking
    from vaiti.register.checking import Found
    from vaiti.register.models import Call
    from vaiti.values.ids import ObjectId

    object_id = ObjectId(Call.objects.get(id=call).object_id.hex)
    checking.note([Found(call, object_id, True)], NOW - timedelta(days=2))


def enter_activity(cast: Any, call: UUID) -> None:  # noqa: ANN401 - imported once Django is set up
    """One whose address is known, with a call of Sofia's and a comment on it."""
    from cast import NOW
    from vaiti.access import commenting, mandates
    from vaiti.access.models import Activity, Mandate
    from vaiti.register import calls

    allow_training()
    activity, trainer = UUID("8" * 32), cast.trainer.id
    Mandate.objects.create(
        id=activity,
        kind="activity",
        reference="TR-2026-4",
        cap=5,
        opened_by=trainer.hex,
        opened_at=NOW - timedelta(minutes=1),
        ends_at=NOW + timedelta(days=30),
    )
    Activity.objects.create(
        mandate_id=activity,
        name="Greeting and closing",
        lines=["+358207100000"],
        begins_at=NOW - timedelta(days=14),
        ends_at=NOW,
    )
    mandates.name_person(activity, trainer, by=trainer.hex, now=NOW)
    mandates.add_call(activity, call, by=trainer.hex, now=NOW)
    place = commenting.Place(call, calls.legs(call)[0].id, 12_000)
    commenting.write(trainer, place, "Here you sum up what was agreed.", NOW)


def several(folder: Path) -> dict[str, Path]:
    """Two recorders behind a front and one beside, each well in a way of its own; calls wait."""
    from cast import NOW
    from vaiti.ops.pace import Progress
    from vaiti.ops.steps import write_state
    from vaiti.values.clock import to_micros

    at, counts = {"at_us": to_micros(NOW)}, {"calls": 412, "recorded": 20317}
    away = {"at_us": to_micros(NOW - timedelta(minutes=3))}
    told = {
        "front": at,
        "recorder": {**at, **counts, "state": "accepting"},
        "recorder-2": {**at, **counts, "state": "refusing"},
        "second/recorder": {**away, **counts, "state": "accepting"},
    }
    files = {name: folder / f"{name.replace('/', '-')}.json" for name in told}
    for name, path in files.items():
        path.write_text(json.dumps(told[name]))
    write_state(folder / "worker.json", [], NOW, intake=Progress(4200, per_minute=1400, left_s=180))
    return files


def make_application() -> Any:  # noqa: ANN401 - Django's handler, imported once it is set up
    folder = Path(os.environ["VAITI_SITE"])
    start_django(folder)
    allow_training()
    from django.core.handlers.wsgi import WSGIHandler

    from cast import NOW
    from vaiti.access.key_work import KeyWork
    from vaiti.people.providers import Provider
    from vaiti.people.sessions import SignInRules
    from vaiti.rights.code_rules import CodeRules
    from vaiti.vault.keyclient import KeyClient
    from vaiti.vault.keyfiles import read_seed
    from vaiti.vault.store import FolderStore
    from vaiti.web import calls, over_time
    from vaiti.web.http.recorder import RecorderClient
    from vaiti.web.http.sso_client import House
    from vaiti.web.http.wiring import Wiring, install
    from web.house import CLIENT, SECRET
    from web.test_where_data_is import PLACES

    calls.LISTS.most = over_time.PICTURES.most = 10_000  # a minute never ends here
    seed = read_seed(folder / "grant.key")
    keys = KeyClient(folder / "keys.sock", KeyWork(seed, lambda: NOW))

    class Switched(SignInRules):
        """As a demo's, but for as long as a test asks for `second_factor_for_all`."""

        def bound(self, roles: frozenset[str]) -> bool:
            for_all = (folder / FOR_ALL).exists()
            return (SignInRules(for_all=True) if for_all else super()).bound(roles)

    rules = Switched(second_factor=False)
    firm = Provider(
        name="firm",
        label="Sign in with the firm",
        issuer=os.environ["VAITI_HOUSE"],
        client_id=CLIENT,
        secret_file="firm.secret",
        unknown="link",
    )
    install(
        Wiring(
            lambda: NOW,
            keys,
            FolderStore(folder / "store"),
            seed,
            sign_in=rules,
            houses=(House(firm, SECRET),),
            recorder=RecorderClient({"recorder": folder / "control.sock"}),
            recorders=several(folder),
            worker=folder / "worker.json",
            rights=case_rules(),
            places=lambda now: PLACES,
            journal=folder / "journal",
            codes=CodeRules(lambda number, text: True, ("+358",)),
        )
    )
    return WSGIHandler()


if "VAITI_SITE" in os.environ:
    application = make_application()
elif __name__ == "__main__" and sys.argv[1:2] == ["fill"]:
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    fill(Path(sys.argv[2]))
