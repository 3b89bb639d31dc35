"""Webhooks against a real receiver over TLS: signed, tried again, given up, sent anew by hand."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction

from cast import NOW, Cast
from manifests import enter
from ops.receiver import Receiver
from vaiti.audit import log
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.audit.sequencer import sequence
from vaiti.due import alarms
from vaiti.due.models import Job
from vaiti.ops.feeds import webhooks
from vaiti.ops.feeds.posting import PostFailed, allowed, post
from vaiti.ops.feeds.webhooks import MOST_TRIES, WebhookDesk
from vaiti.ops.sections.feeds import Webhook, webhook_fault
from vaiti.people import letters

pytestmark = pytest.mark.django_db
SECRET = "a long random text of the test"
HERE = ("127.0.0.0/8", "::1/128")
SIGNER = Signer("vaiti/test", bytes(32))


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(tmp_path).open() as opened:
        yield opened


def settings_of(receiver: Receiver, name: str = "crm") -> Webhook:
    (receiver.folder / "secret").write_text(SECRET + "\n")
    return Webhook(name, receiver.address, "secret", private=HERE, authority=receiver.authority)


@pytest.fixture
def desk(receiver: Receiver) -> WebhookDesk:
    made = WebhookDesk((settings_of(receiver),), receiver.folder)
    made.queue(NOW)  # from here on
    return made


def happens(kind: Kind, subject: str, **facts: str) -> None:
    with transaction.atomic():
        log.append(kind, actor="system:test", subject=subject, facts=facts, now=NOW)


def go(desk: WebhookDesk, now: datetime = NOW) -> int:
    sequence(now, SIGNER)
    desk.queue(now)
    return desk.send(now)


def test_what_happens_is_told_signed_and_without_personal_data(
    cast: Cast, desk: WebhookDesk, receiver: Receiver
) -> None:
    call, gone, alert = enter("anna.astrom"), uuid4().hex, uuid4().hex
    happens(Kind.RETENTION_CALL_DESTROYED, gone, method="key")
    happens(Kind.ACCESS_ALERT_RAISED, cast.mikko.id.hex, alert=alert, rule="at_night")
    happens(Kind.PEOPLE_PERSON_CHANGED, cast.anna.id.hex)
    alarms.raise_alarm("intake_refused", f"line:{cast.anna.id.hex}", "detail", NOW)
    happens(Kind.CALL_CONTACT_OBJECTED, gone, call=gone)
    assert go(desk) == 5
    told = {json.loads(body)["type"]: (headers, body) for headers, body in receiver.letters}
    assert {kind: json.loads(body)["data"] for kind, (_headers, body) in told.items()} == {
        "call.kept": {"call": call.hex},
        "call.destroyed": {"call": gone},
        "access.alert": {"alert": alert, "rule": "at_night"},
        "alarm.raised": {"alarm": "intake_refused"},
        "call.do_not_call": {"call": gone},
    }
    for headers, body in told.values():
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        made = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest())
        assert headers["webhook-signature"] == f"v1,{made.decode()}"
        assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
        assert headers["webhook-id"] == json.loads(body)["id"]
        assert headers["path"] == "/hook?of=vaiti"
        assert cast.anna.id.hex not in body.decode() and cast.mikko.id.hex not in body.decode()
    assert go(desk) == 0 and len(receiver.letters) == 5


def test_while_a_secret_is_changed_a_message_is_signed_by_both_and_then_by_the_new_one(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    newer = "n" * 32
    for content in (f"{newer}\n{SECRET}\n", f"{newer}\n"):
        (receiver.folder / "secret").write_text(content)
        happens(Kind.RETENTION_CALL_DESTROYED, uuid4().hex, method="key")
        assert go(desk) == 1
        headers, body = receiver.letters[-1]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        made = [
            base64.b64encode(hmac.digest(one.encode(), signed, "sha256")).decode()
            for one in content.splitlines()
        ]
        assert headers["webhook-signature"] == " ".join(f"v1,{one}" for one in made)
    file = receiver.folder / "secret"
    file.chmod(0o600)
    for content, said in (("x" * 30 + "\nshort", "at least 24"), (f"{newer}\n" * 3, "the old one")):
        file.write_text(content)
        assert said in webhook_fault(settings_as_they_are(receiver), receiver.folder)


def settings_as_they_are(receiver: Receiver) -> Webhook:
    return Webhook("crm", receiver.address, "secret", private=HERE, authority=receiver.authority)


def test_a_receiver_that_fails_gets_it_again_until_it_takes_it(
    cast: Cast, desk: WebhookDesk, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 503]
    happens(Kind.RETENTION_CALL_DESTROYED, "a" * 32)
    now, taken = NOW, []
    for _ in range(4):
        taken.append(go(desk, now))
        assert go(desk, now) == 0  # not before its pause is over
        now += timedelta(hours=1)
    assert taken == [0, 0, 0, 1]
    assert len(receiver.letters) == 4 and len({body for _headers, body in receiver.letters}) == 1
    assert letters.given_up() == []


def test_what_nobody_takes_is_given_up_with_an_alarm_and_sent_anew_by_hand(
    cast: Cast, desk: WebhookDesk, receiver: Receiver
) -> None:
    receiver.answers = [500] * MOST_TRIES
    happens(Kind.RETENTION_CALL_DESTROYED, "a" * 32)
    for hours in range(MOST_TRIES + 3):
        go(desk, NOW + timedelta(hours=hours))
    assert len(receiver.letters) == MOST_TRIES
    (dead,) = letters.given_up()
    assert (dead.error, dead.tries) == ("status_500", MOST_TRIES)
    assert [(one.kind, one.key) for one in alarms.standing()] == [("webhook_given_up", "crm")]
    later = NOW + timedelta(days=2)
    with pytest.raises(letters.NotYours):
        letters.send_anew(cast.dpo.id, dead.id, later)
    assert letters.send_anew(cast.administrator.id, dead.id, later)
    assert not letters.send_anew(cast.administrator.id, dead.id, later)
    assert Leaf.objects.filter(kind="due:letter:sent_anew").count() == 1
    assert go(desk, later) == 1 and letters.given_up() == []


def test_one_that_wants_no_more_or_is_in_no_setting_is_given_up_at_once(
    cast: Cast, desk: WebhookDesk, receiver: Receiver
) -> None:
    receiver.answers = [410]
    happens(Kind.RETENTION_CALL_DESTROYED, "a" * 32)
    go(desk)
    happens(Kind.RETENTION_CALL_DESTROYED, "b" * 32)
    sequence(NOW, SIGNER)
    desk.queue(NOW)
    WebhookDesk((), receiver.folder).queue(NOW)
    assert sorted(one.error for one in letters.given_up()) == ["not_in_settings", "status_410"]
    assert len(receiver.letters) == 1


def test_one_that_is_away_keeps_no_other_waiting(
    cast: Cast, receiver: Receiver, tmp_path: Path
) -> None:
    good = settings_of(receiver)
    away = replace(good, name="away", address="https://localhost:9/")
    desk = WebhookDesk((away, good), receiver.folder)
    desk.queue(NOW)
    for number in range(3):
        happens(Kind.RETENTION_CALL_DESTROYED, f"{number:032x}")
    assert go(desk) == 3
    assert sorted(Job.objects.filter(kind="webhook:away").values_list("tries", flat=True)) == [
        0,
        0,
        1,
    ]


def test_a_killed_worker_loses_no_letter_and_makes_none_twice(
    cast: Cast, desk: WebhookDesk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(Kind.RETENTION_CALL_DESTROYED, "a" * 32)
    sequence(NOW, SIGNER)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks.following, "reached", die)
        with pytest.raises(KeyboardInterrupt):
            desk.queue(NOW)
    assert not Job.objects.exists()
    again = WebhookDesk(tuple(desk.webhooks.values()), receiver.folder)
    assert go(again) == 1 and go(again) == 0


def test_letters_go_to_no_private_address_unless_it_is_meant(receiver: Receiver) -> None:
    for told in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.1.2.3", "fe80::1"):
        assert not allowed(ip_address(told), ()), told
    for told in ("0.0.0.0", "224.0.0.1", "255.255.255.255", "100.64.0.1", "fc00::1"):
        assert not allowed(ip_address(told), ()), told
    assert allowed(ip_address("8.8.8.8"), ()) and allowed(ip_address("2a00:1450::1"), ())
    assert allowed(ip_address("10.0.0.9"), ("10.0.0.0/24",))
    assert not allowed(ip_address("10.0.1.9"), ("10.0.0.0/24",))
    with pytest.raises(PostFailed, match="private_address"):
        post(receiver.address, b"{}", {}, (), receiver.authority)
    assert receiver.letters == []


def test_a_receiver_whose_certificate_nobody_vouches_for_gets_nothing(
    receiver: Receiver, tmp_path: Path
) -> None:
    with pytest.raises(PostFailed, match="SSLCertVerificationError"):
        post(receiver.address, b"{}", {}, HERE, "")
    other = receiver.address.replace("localhost", "127.0.0.1")
    with pytest.raises(PostFailed, match="SSLCertVerificationError"):
        post(other, b"{}", {}, HERE, receiver.authority)
    assert receiver.letters == []
