"""Each live check is green where all is well, red under its own sabotage, and green again."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F
from pytest_django.plugin import DjangoDbBlocker

from cast import NOW
from promises.deployment import PATHS, WORDING, Deployment, deployed
from vaiti.access.models import Balancing, Listening, Mandate, MandateCall
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf, Node
from vaiti.notice.models import Line, NoticeVersion
from vaiti.people.models import Company, CourseVersion, Membership, Person, Role, TrainingRecord
from vaiti.playback.egress import RECORD
from vaiti.promises.checks.table import CHECKS
from vaiti.register.models import Call, Correction, HeldCall, Hold, Leg
from vaiti.register.person_models import Consent
from vaiti.retention.models import Order, OrderCall, Tombstone
from vaiti.rights.case_models import Case, Decision
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.mail_models import MailCanary
from vaiti.values.clock import to_micros

pytestmark = pytest.mark.django_db

Sabotage = Callable[[Deployment], None]
NUMBER = "+358401234567"
LATER = NOW + timedelta(days=400)


@pytest.fixture(scope="module")
def deployment(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """One for the whole module: nothing in it is committed, and each sabotage is rolled back."""
    whole = transaction.atomic()
    whole._from_testcase = True  # type: ignore[attr-defined] # as Django's own: durable ones fit in
    with django_db_blocker.unblock(), whole:
        with deployed(tmp_path_factory.mktemp("promises")) as made:
            yield made
        transaction.set_rollback(True)


def called(words: str, act: Sabotage) -> Sabotage:
    """The words stand in docs/sabotage.md."""
    act.__name__ = words
    return act


def update(model: Any, **values: Any) -> Sabotage:  # noqa: ANN401
    def act(_made: Deployment) -> None:
        assert model.objects.update(**values)

    return called(f"every {model.__name__} has another {' and '.join(values)}", act)


def listenings(rule: str, **values: Any) -> Sabotage:  # noqa: ANN401
    def act(_made: Deployment) -> None:
        assert Listening.objects.filter(rule=rule).update(**values)

    return called(f"a Listening under {rule} has another {' and '.join(values)}", act)


def alone(model: Any, kept: dict[str, Any], **values: Any) -> Sabotage:  # noqa: ANN401
    """Of some rows; without `values` they go."""

    def act(_made: Deployment) -> None:
        some = model.objects.filter(**kept)
        assert some.update(**values) if values else some.delete()[0]

    such = ", ".join(f"{name} {value}" for name, value in kept.items()) or "all of them"
    how = f"has another {' and '.join(values)}" if values else "gone"
    return called(f"{model.__name__} ({such}) {how}", act)


def heard_by_another(made: Deployment) -> None:
    Leg.objects.update(person=made.cast.leila)


def entry_of_tomorrow(_made: Deployment) -> None:
    log.append(Kind.ACCESS_LOG_READ, actor="system:test", facts={}, now=LATER)


def file(name: str, content: bytes) -> Sabotage:
    def act(made: Deployment) -> None:
        path = made.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)

    return called(f"a file {name} that should not be there", act)


def page(path: str, content: str) -> Sabotage:
    def act(made: Deployment) -> None:
        made.pages.answers[path] = content

    return called(f"another answer at {path}", act)


def another_version(made: Deployment) -> None:
    NoticeVersion.objects.create(
        version="2026-02",
        valid_from=NOW - timedelta(days=1),
        retention_months=6,
        zone="Europe/Helsinki",
        texts=made.cast.notice.texts,
        sha256=made.cast.notice.sha256,
    )


def flipped_byte(made: Deployment) -> None:
    path = made.world.store.path(made.recorded.object_id)
    whole = bytearray(path.read_bytes())
    whole[100] ^= 1
    path.write_bytes(bytes(whole))


def recording(**values: Any) -> Sabotage:  # noqa: ANN401
    """The technical part of the recording says something else of each of its streams."""

    def act(made: Deployment) -> None:
        told = made.call.recording
        told["epochs"] = [{**one, **values} for one in told["epochs"]]
        Call.objects.update(recording=told)

    return called(f"recordings have another {' and '.join(values)}", act)


def entry_gone(made: Deployment) -> None:
    Leaf.objects.filter(subject=made.call.id.hex).update(salt=None, body="", actor="", subject="")


def call_gone(made: Deployment) -> None:
    Listening.objects.all().delete()
    made.call.delete()


def listening_entry_gone(_made: Deployment) -> None:
    Leaf.objects.filter(kind=Kind.ACCESS_LISTENING_OPENED).delete()


def node_changed(_made: Deployment) -> None:
    Node.objects.filter(level=0, index=0).update(hash=bytes(32))


def key_without_entry(made: Deployment) -> None:
    """The key process remembers a key that the log knows nothing of."""
    made.keys.given.append((uuid4().hex, to_micros(NOW - timedelta(hours=1))))


def consent_kept(made: Deployment) -> None:
    told = {"purpose": "training", "given_at": NOW, "given_by": "system:test"}
    Consent.objects.create(call=made.call, **told)


def column_added(_made: Deployment) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE register_mood (call_id integer)")


def fact_added(_made: Deployment) -> None:
    kind = Kind.ACCESS_LOG_READ
    log.append(kind, actor="system:test", facts={"mood": 1}, now=NOW + timedelta(seconds=1))


def address_added(made: Deployment) -> None:
    made.paths.append("ANY marketing/")


def destroyed_again(made: Deployment) -> None:
    Tombstone.objects.create(
        call=uuid4(),
        object_id=UUID(made.recorded.object_id),
        due_at=NOW,
        done_at=NOW,
        method="m",
        audit_leaf=uuid4(),
    )


def held(made: Deployment, kind: str = "request") -> None:
    hold = Hold.objects.create(
        kind=kind,
        reference="R-2026-1",
        reason="asked",
        owner=made.cast.rights_handler,
        placed_by="system:test",
        placed_at=NOW - timedelta(hours=1),
        review_at=LATER,
        ends_at=LATER,
    )
    HeldCall.objects.create(hold=hold, call=made.call)


def held_and_gone(made: Deployment) -> None:
    held(made)
    made.world.store.path(made.recorded.object_id).unlink()


def restricted_and_heard(made: Deployment) -> None:
    held(made, "restriction")


def constraint_dropped(_made: Deployment) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ALTER TABLE access_listening RENAME TO access_heard")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE access_listening DROP CONSTRAINT access_purpose_closed")


def case(**values: Any) -> Case:  # noqa: ANN401
    return Case.objects.create(
        **{
            "year": 2026,
            "serial": 1,
            "state": "received",
            "channel": "web",
            "capacity": "customer",
            "language": "fi",
            "asked": ["copy"],
            "arrived_on": NOW.date() - timedelta(days=90),
            "registered_at": NOW,
            "registered_by": "web",
            "secret": "s",
            **values,
        }
    )


def case_overdue(_made: Deployment) -> None:
    case()


def refusal_without_reason(_made: Deployment) -> None:
    Decision.objects.create(
        case=case(state="closed"),
        right="copy",
        outcome="refused",
        decided_by="system:test",
        decided_at=NOW,
    )


def transfer_unanswered(_made: Deployment) -> None:
    case(state="closed", asked=["portability"], outcome="answered")


def erased_and_there(made: Deployment) -> None:
    order = Order.objects.create(
        state="done",
        reason="erasure",
        asked_kind="case",
        asked_ref="R-2026-1",
        planned_by="system:test",
        planned_at=NOW,
    )
    OrderCall.objects.create(
        order=order,
        call=made.call.id,
        object_id=made.call.object_id,
        destruction_day=date(2027, 5, 23),
        sha256="ab" * 32,
        open=False,
    )


def letter_without_authority(_made: Deployment) -> None:
    LetterRow.objects.create(
        reference="R-2026-1",
        kind="refusal",
        language="fi",
        title="t",
        parts=[["refused", "Nej."]],
        made_by="system:test",
        made_at=NOW,
        sent_at=NOW,
    )


def correction_undone(made: Deployment) -> None:
    Correction.objects.create(
        call=made.call,
        leg=made.leg,
        what="agent",
        before=made.cast.anna.id.hex,
        after=made.cast.leila.id.hex,
        rule="subordinate_leg",
        by="system:test",
        at=NOW,
    )


def over_the_cap(made: Deployment) -> None:
    activity = Mandate.objects.create(
        kind="activity",
        reference="ACT-1",
        cap=0,
        opened_by="system:test",
        opened_at=NOW,
        ends_at=LATER,
    )
    MandateCall.objects.create(mandate=activity, call=made.call, added_at=NOW)


def attested_elsewhere(_made: Deployment) -> None:
    facts = {"statement": "s", "country": "US"}
    kind, later = Kind.OPS_RESIDENCY_ATTESTED, NOW + timedelta(seconds=1)
    log.append(kind, actor="system:init", subject="machine", facts=facts, now=later)


def attestation_gone(_made: Deployment) -> None:
    Leaf.objects.filter(kind=Kind.OPS_RESIDENCY_ATTESTED).delete()


def heard_from_abroad(made: Deployment) -> None:
    kind, actor = Kind.ACCESS_ABROAD_REFUSED, made.cast.anna.id.hex
    log.append(kind, actor=actor, facts={"country": "US"}, now=NOW)


def heard_in_another_country(_made: Deployment) -> None:
    kind, facts = Kind.ACCESS_LISTENING_OPENED, {"country": "US"}
    log.append(kind, actor="system:test", facts=facts, now=NOW)


def delivered_without_entry(_made: Deployment) -> None:
    from vaiti.rights.copy_models import Package

    Package.objects.create(
        reference="R-2026-1",
        object_id=uuid4(),
        entries=[],
        calls=1,
        bytes=1,
        manifest_sha256="ab" * 32,
        made_by="system:test",
        made_at=NOW,
        expires_at=LATER,
        delivered_at=NOW,
    )


def keys_recorded(made: Deployment) -> None:
    body = base64.b64encode(
        json.dumps({"lines": [{"number": "+358207100000", "keypad": False}]}).encode()
    )
    told = {"body": body.decode(), "signature": ""}
    (made.folder / "run" / "orders.json").write_text(json.dumps(told))


def recording_with_key(made: Deployment) -> None:
    Call.objects.update(recording={**made.call.recording, "key": "AAAA"})


def secrets_open(made: Deployment) -> None:
    path = made.folder / "store" / "grant.key"
    path.write_bytes(bytes(32))


SABOTAGE: dict[str, Sabotage] = {
    "access.managers_own_people": update(Membership, leads=False),
    "access.named_persons": update(Person, name=""),
    "access.own_calls": heard_by_another,
    "access.roles_promised": update(Role, kind="stranger"),
    "audit.bytes_accounted_for": file("egress/2026-11-22", RECORD.pack(uuid4().bytes, 1 << 20)),
    "audit.listening_logged": listening_entry_gone,
    "audit.log_whole": node_changed,
    "audit.sound_accounted_for": key_without_entry,
    "channels.mailbox": update(MailCanary, sent_at=NOW - timedelta(days=2), arrived_at=None),
    "channels.notice_public": page("/notice/?language=fi", '<html lang="fi">404'),
    "channels.privacy_contact": alone(Role, {"kind": "dpo"}),
    "channels.web_form": page("/rights/", "<html>gone</html>"),
    "masking.database": update(Person, employer=f"call {NUMBER}"),
    "masking.files": file("run/told.txt", f"sip:{NUMBER}@pbx".encode()),
    "masking.key_tones": keys_recorded,
    "masking.logs": file("logs/web.log", f'{{"message": "called {NUMBER}"}}\n'.encode()),
    "purposes.balancing_current": alone(
        Balancing, {"purpose": "training", "line": "+358207200000"}, review_at=NOW
    ),
    "purposes.closed_list": constraint_dropped,
    "purposes.consent_where_promised": consent_kept,
    "purposes.security_second_person": listenings("subordinate_leg", purpose="security"),
    "purposes.stated_on_listening": listenings("subordinate_leg", reference=""),
    "purposes.training_within_activities": over_the_cap,
    "recipients.disclosures_by_law": delivered_without_entry,
    "recipients.employers_listed": alone(Company, {}),
    "recipients.no_list_leaves": page(
        "/api/openapi.json", json.dumps({"content": {"text/csv": {}}})
    ),
    "recording.begins_after_answer": recording(first_us=1),
    "recording.clock": entry_of_tomorrow,
    "recording.ends_with_call": recording(first_us=1 << 52),
    "recording.listed_lines_only": update(Line, recorded=False),
    "recording.only_source": entry_gone,
    "recording.voice_only": recording(codec="H264"),
    "register.agent_named": update(Person, name=""),
    "register.length": update(Leg, ended_at=F("ended_at") + timedelta(hours=1)),
    "register.notice_version": another_version,
    "register.own_number": alone(Line, {"keypad": True}, number=""),
    "register.sound_intact": flipped_byte,
    "register.times": update(Call, started_at=LATER, ended_at=LATER),
    "residency.no_access_from_outside": heard_from_abroad,
    "residency.places_allowed": attested_elsewhere,
    "residency.places_declared": attestation_gone,
    "retention.destroyed_gone": destroyed_again,
    "retention.holds_honoured": held_and_gone,
    "retention.none_lost_early": call_gone,
    "retention.nothing_overdue": update(Call, due_at=NOW - timedelta(days=2)),
    "retention.period": update(Call, due_at=F("due_at") + timedelta(days=3)),
    "rights.answered_in_time": case_overdue,
    "rights.corrections_kept": correction_undone,
    "rights.erasures_done": erased_and_there,
    "rights.letters_name_authority": letter_without_authority,
    "rights.refusals_reasoned": refusal_without_reason,
    "rights.restrictions_honoured": restricted_and_heard,
    "rights.transfers_answered": transfer_unanswered,
    "schema.api_surface": address_added,
    "schema.audit_fields": fact_added,
    "schema.database": column_added,
    "schema.store_metadata": file("store/ab/called.wav", b"sound"),
    "security.keys_apart": secrets_open,
    "security.sealed_on_disk": file("run/speech.wav", b"RIFF" + bytes(40)),
    "training.before_access": update(TrainingRecord, valid_to=NOW - timedelta(days=1)),
    "training.group_instruction": update(CourseVersion, content={"sections": []}),
}


def heard_outside_activities(_made: Deployment) -> None:
    told = {"rule": "activity_leg", "purpose": "training", "reference": "ACT-404"}
    assert Listening.objects.filter(rule="subordinate_leg").update(**told)


def buried_alive(made: Deployment) -> None:
    told = {"due_at": NOW, "done_at": NOW, "method": "m", "audit_leaf": uuid4()}
    Tombstone.objects.create(call=made.call.id, object_id=uuid4(), **told)


def attested_long_ago(_made: Deployment) -> None:
    told = Leaf.objects.filter(kind=Kind.OPS_RESIDENCY_ATTESTED)
    assert told.update(at=NOW - timedelta(days=500))


def trained_by_another(made: Deployment) -> None:
    """A listening that rests on somebody else's course."""
    theirs = TrainingRecord.objects.filter(person=made.cast.mikko).first()
    assert Listening.objects.filter(rule="own_leg").update(training=theirs)


def fact_of_a_strange_kind(_made: Deployment) -> None:
    assert Leaf.objects.update(body='{"facts": {}, "mood": "sad"}')


def order_without_reason(made: Deployment) -> None:
    held(made, "order")
    assert Hold.objects.update(reason="")


FURTHER: dict[str, Sabotage] = {
    "access.named_persons": alone(Person, {"name": "Anna Åström"}, login=""),
    "audit.log_whole": file("checkpoints/latest", b"nothing"),
    "channels.notice_public": page("/notice/?language=sv", '<html lang="fi">Suomeksi'),
    "channels.privacy_contact": alone(Role, {"kind": "dpo"}, valid_to=NOW - timedelta(days=1)),
    "channels.web_form": page("/rights/", "<form></form>"),
    "masking.files": file(f"run/{NUMBER}.txt", b"said"),
    "purposes.balancing_current": update(Balancing, carries=False),
    "purposes.training_within_activities": heard_outside_activities,
    "recipients.disclosures_by_law": order_without_reason,
    "recipients.employers_listed": update(Company, valid_to=NOW - timedelta(days=1)),
    "recording.ends_with_call": update(Leg, started_at=LATER, ended_at=LATER),
    "recording.listed_lines_only": update(Line, inbound=False, outbound=False),
    "recording.only_source": update(Call, recorder=""),
    "residency.no_access_from_outside": heard_in_another_country,
    "residency.places_declared": attested_long_ago,
    "retention.destroyed_gone": buried_alive,
    "retention.period": update(Call, due_at=F("ended_at")),
    "schema.audit_fields": fact_of_a_strange_kind,
    "security.keys_apart": recording_with_key,
    "security.sealed_on_disk": file("store/ab/plain.wav", b"RIFF" + bytes(4000)),
    "training.before_access": trained_by_another,
}
"""What else a check sees: other branches of it than those of its own sabotage."""


@contextmanager
def undone(made: Deployment) -> Iterator[None]:
    """Rows go back, and so do files and pages."""
    before = {path: path.read_bytes() for path in files(made.folder)}
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        made.pages.mend()
        made.keys.mend()
        made.paths[:] = PATHS
        for path in files(made.folder):
            if path not in before:
                path.unlink()
        for path, content in before.items():
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)


def files(folder: Path) -> list[Path]:
    """Of what a sabotage may touch; never what the key process has open."""
    return [
        path
        for name in ("store", "logs", "run", "mailbox", "checkpoints", "egress")
        for path in (folder / name).rglob("*")
        if path.is_file()
    ]


@pytest.mark.parametrize("check", sorted(FURTHER))
def test_n08_a_check_sees_what_else_may_happen(check: str, deployment: Deployment) -> None:
    look, _eye = CHECKS[check]
    with undone(deployment):
        FURTHER[check](deployment)
        red = look(deployment.site, NOW)
    assert not red.kept and red.broken_by
    assert NUMBER not in str(red)


def test_n26_a_table_of_networks_that_nobody_can_use_breaks_the_promise(
    deployment: Deployment, tmp_path: Path
) -> None:
    look, _eye = CHECKS["residency.no_access_from_outside"]
    path, ahead = tmp_path / "networks.csv", timedelta(days=400)
    site = replace(deployment.site, networks=path)
    assert not look(site, NOW).kept
    path.write_text("# network,country\n192.0.2.0/24,FI\n2a00::/16,SE\n")
    written = datetime.fromtimestamp(path.stat().st_mtime, NOW.tzinfo)
    assert look(site, written).evidence["networks"] == 2
    assert not look(site, written + ahead).kept
    assert look(replace(site, moved=ahead), written + ahead).kept
    path.write_text("192.0.2.0/24\n")
    assert not look(site, written).kept


def test_n11_a_line_listed_in_the_second_of_its_first_call_was_there_before_it(
    deployment: Deployment,
) -> None:
    """A call's row has whole seconds (N-12) and a line's has not: listed at .3, answered at .8."""
    look, _eye = CHECKS["recording.listed_lines_only"]
    began = deployment.call.started_at
    for since, kept in ((timedelta(milliseconds=300), True), (timedelta(seconds=1), False)):
        with undone(deployment):
            Line.objects.update(valid_from=began + since)
            assert look(deployment.site, NOW).kept is kept


def test_n11_a_call_taken_in_while_its_line_was_being_changed_may_name_the_row_of_before(
    deployment: Deployment,
) -> None:
    """Intake read before the change was committed, and the call began after it had been asked."""
    look, _eye = CHECKS["recording.listed_lines_only"]
    began = deployment.call.started_at
    for recorded in (True, False):
        with undone(deployment):
            line = Line.objects.get(id=deployment.call.line_id)
            Line.objects.filter(id=line.id).update(valid_to=began)
            line.pk, line.valid_from, line.recorded = uuid4(), began, recorded
            line.save(force_insert=True)
            assert look(deployment.site, NOW).kept is recorded


def test_n25_a_note_of_a_pause_lies_beside_the_journal_and_a_key_called_so_does_not(
    deployment: Deployment,
) -> None:
    look, _eye = CHECKS["security.keys_apart"]
    folder = deployment.site.journal / ".withheld"
    folder.mkdir(parents=True)
    path, note = folder / f"{'0a' * 16}.objected", {"since_us": to_micros(NOW), "reason": ""}
    try:
        for content, kept in (
            (json.dumps(note).encode(), True),
            (bytes(32), False),
            (json.dumps({**note, "key": "AAAA"}).encode(), False),
            (json.dumps({**note, "reason": "q83v" * 11}).encode(), False),
            (json.dumps({**note, "since_us": 1 << 255}).encode(), False),
            (json.dumps({**note, "alike": ["0a" * 16], "until_us": 1}).encode(), True),
            (json.dumps({**note, "alike": ["0a" * 32]}).encode(), False),
        ):
            path.write_bytes(content)
            assert look(deployment.site, NOW).kept is kept, content
    finally:
        rmtree(folder)


def test_n12_the_clock_of_a_recorder_beside_is_looked_at_by_what_it_says(
    deployment: Deployment, tmp_path: Path
) -> None:
    look, _eye = CHECKS["recording.clock"]
    place = tmp_path / "recorder.json"
    site = replace(deployment.site, beside=[place])
    assert look(site, NOW).kept, "there is none as yet"
    for ahead, kept in ((timedelta(), True), (timedelta(hours=1), False)):
        place.write_text(json.dumps({"at_us": to_micros(NOW + ahead)}))
        os.utime(place, (NOW.timestamp(), NOW.timestamp()))
        assert look(site, NOW).kept is kept


@pytest.mark.parametrize("check", sorted(SABOTAGE))
def test_n08_a_check_is_red_under_its_own_sabotage(check: str, deployment: Deployment) -> None:
    look, _eye = CHECKS[check]
    before = look(deployment.site, NOW)
    assert before.kept, before
    with undone(deployment):
        SABOTAGE[check](deployment)
        red = look(deployment.site, NOW)
    assert not red.kept and red.broken_by
    assert NUMBER not in str(red)
    after = look(deployment.site, NOW)
    assert after.kept, after


def test_n08_every_check_of_the_reference_is_there_and_has_its_sabotage() -> None:
    named = {check for one in WORDING.sentences for check in one.checks}
    assert named <= set(CHECKS)
    assert set(CHECKS) == set(SABOTAGE)


def test_n15_a_number_is_found_in_a_column_of_any_type_too(deployment: Deployment) -> None:
    """SQLite lets a column have none; what ANALYZE writes down is no table of anybody's."""
    kind = "" if connection.vendor == "sqlite" else "name"
    look, _eye = CHECKS["masking.database"]
    with undone(deployment), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        assert look(deployment.site, NOW).kept
        cursor.execute(f"CREATE TABLE strange (said {kind})")
        cursor.execute("INSERT INTO strange VALUES (%s)", [f"call {NUMBER}"])
        assert not look(deployment.site, NOW).kept
