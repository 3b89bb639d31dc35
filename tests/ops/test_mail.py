"""Warnings by mail: a real SMTP server over TLS gets them once, in the reader's language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cast import NOW, Cast
from manifests import enter
from ops.postbox import Postbox, make_certificate
from vaiti.access import approvals, incidents, mandates
from vaiti.access.models import Emergency
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.due.models import Job
from vaiti.ops.mailing.desk import MailDesk
from vaiti.ops.sections.general import Controller, Mail
from vaiti.ops.settings import Settings, WeakSettings, check_sections
from vaiti.people import enrol
from vaiti.people.models import Person, TrainingRecord

DAY = timedelta(days=1)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Postbox]:
    made = Postbox(make_certificate(tmp_path))
    server = made.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(box: Postbox, tmp_path: Path) -> Settings:
    mail = Mail(
        host="127.0.0.1",
        port=box.port,
        authority=str(box.certificate),
        sender="register@posti.example",
        domain="posti.example",
        address="https://vaiti.posti.example",
    )
    made = Settings(tmp_path, Controller("Posti", "1", "a@b"), mail=mail)
    check_sections(made)
    return made


def ends(person: Person, at: datetime) -> None:
    TrainingRecord.objects.filter(person=person).update(valid_to=at)


def test_n31_who_will_be_untrained_is_told_by_mail_once_a_limit_in_their_language(
    cast: Cast, settings: Settings, box: Postbox
) -> None:
    desk = MailDesk(settings)
    assert (desk.queue(NOW), desk.send(NOW)) == (0, 0)
    ends(cast.anna, NOW + 20 * DAY)
    ends(cast.leila, NOW + 5 * DAY)
    assert desk.queue(NOW) == 2
    assert (desk.queue(NOW), desk.send(NOW), desk.send(NOW)) == (0, 2, 0)
    read = {to: message_from_bytes(body, policy=policy.default) for to, body, _ in box.mails}
    assert all(secure for _, _, secure in box.mails)
    anna, leila = read["anna.astrom@posti.example"], read["leila.virtanen@posti.example"]
    assert (anna["Subject"], leila["Subject"]) == (
        "Din utbildning går ut",
        "Koulutuksesi vanhenee",
    )
    text = anna.get_content()
    assert text.startswith("Hej Anna Åström,") and "till och med 13.12.2026" in text
    assert "https://vaiti.posti.example/training/" in text
    assert not {"Leila", "Mikko", "anna.astrom"} & set(text.replace(",", " ").split())
    assert desk.queue(NOW + 14 * DAY) == 1, "told again, with a week left"
    entries = Leaf.objects.filter(kind="people:warning:sent")
    assert {one.subject for one in entries} == {cast.anna.id.hex, cast.leila.id.hex}


def test_a_mail_server_that_is_away_is_an_alarm_and_the_mail_goes_later(
    cast: Cast, settings: Settings, box: Postbox
) -> None:
    desk = MailDesk(settings)
    ends(cast.anna, NOW + 20 * DAY)
    desk.queue(NOW)
    box.closed = True
    assert desk.send(NOW) == 0
    assert [one.kind for one in alarms.standing()] == ["mail_refused"]
    assert "posti" not in Job.objects.get().last_error
    box.closed = False
    assert desk.send(NOW) == 0, "it pauses first"
    assert desk.send(NOW + timedelta(minutes=1)) == 1
    assert alarms.standing() == []


def test_what_is_so_no_more_is_not_sent_and_strangers_to_the_authority_get_nothing(
    cast: Cast, settings: Settings, box: Postbox, tmp_path: Path
) -> None:
    desk = MailDesk(settings)
    for person in (cast.anna, cast.leila, cast.sofia):
        ends(person, NOW + 20 * DAY)
    Person.objects.filter(id=cast.sofia.id).update(login="sofia@holm.example")
    assert desk.queue(NOW) == 3
    ends(cast.anna, NOW + 400 * DAY)
    enrol.depart(cast.leila.id, by="system:test", now=NOW)
    other = tmp_path / "other"
    other.mkdir()
    wrong = replace(settings.mail, authority=str(make_certificate(other)))
    assert MailDesk(replace(settings, mail=wrong)).send(NOW) == 0
    assert [one.detail for one in alarms.standing()] == ["SSLCertVerificationError"]
    later = NOW + timedelta(minutes=1)
    assert desk.send(later) == 1
    assert [to for to, _, _ in box.mails] == ["sofia@holm.example"]
    assert Job.objects.filter(done_at__isnull=True).count() == 0


def test_who_may_decide_or_look_is_told_once_that_something_waits_and_of_nothing_else(
    cast: Cast, settings: Settings, box: Postbox
) -> None:
    desk, lead, admin = MailDesk(settings), cast.security_lead, cast.administrator
    incident = incidents.open_incident(lead.id, "INC-2026-4", 30, NOW)
    incidents.name_person(lead.id, incident, admin.id, NOW)
    call = enter("anna.astrom")
    incidents.add_call(lead.id, incident, call, NOW)
    assert (desk.queue_waiting(NOW), desk.send(NOW)) == (0, 0)
    asked = approvals.ask(admin.id, incident, call, NOW)
    case = mandates.open_mandate("case", "CASE-9", ends_at=NOW + DAY, by="x", now=NOW)
    Emergency.objects.create(
        mandate_id=case, person=cast.rights_handler, reason="x", opened_at=NOW, ends_at=NOW + DAY
    )
    alarms.raise_alarm("recorder_silent", "recorder", "x", NOW)
    for _ in range(2):  # the second time there is nothing to tell anew
        desk.queue_waiting(NOW)
        desk.send(NOW)
    read = [(to, message_from_bytes(body, policy=policy.default)) for to, body, _ in box.mails]
    found = sorted((to.partition("@")[0], str(mail["Subject"])) for to, mail in read)
    assert found == [
        ("daniel.ek", "En begäran att höra ett samtal väntar på ditt svar"),
        ("daniel.ek", "Något väntar i din kö"),
        ("daniel.ek", "Nödåtkomst har öppnats"),
        ("sven.dahl", "En begäran att höra ett samtal väntar på ditt svar"),
    ]
    told = " ".join(mail.get_content() for _, mail in read)
    assert not {"Aino", "Rita", "INC-2026-4", "CASE-9", call.hex} & set(told.split())
    assert "https://vaiti.posti.example/approvals/" in told
    kinds = Leaf.objects.filter(kind="access:waiting:told").values_list("subject")
    assert len(kinds) == 4

    desk.queue_waiting(NOW + DAY)
    approvals.answer(cast.dpo.id, asked, allow=False, now=NOW + DAY)
    assert desk.send(NOW + DAY) == 1, "the queue again, a day later, and nothing answered"


def test_without_a_server_or_an_address_only_pages_warn(cast: Cast, settings: Settings) -> None:
    ends(cast.anna, NOW + 20 * DAY)
    assert MailDesk(replace(settings, mail=Mail())).queue(NOW) == 0
    desk = MailDesk(replace(settings, mail=replace(settings.mail, domain="")))
    assert (desk.queue(NOW), desk.send(NOW)) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sender": "x"}, "sender in"),
        ({"address": "vaiti"}, "where the pages are"),
        ({"host": "mail.example", "starttls": False}, "in clear text"),
        ({"port": 0}, "from 1 to 65535"),
    ],
)
def test_weak_settings_of_mail_are_refused(
    settings: Settings, changes: dict[str, str | int | bool], said: str
) -> None:
    mail = replace(settings.mail, **changes)  # type: ignore[arg-type]
    with pytest.raises(WeakSettings, match=said):
        check_sections(replace(settings, mail=mail))
