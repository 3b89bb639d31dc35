"""The overview by role, and the set-up list that turns green."""

import json
from datetime import timedelta

from django.db import transaction
from django.test import Client

from access_world import Entries, Open, entries, open_leg
from cast import NOW, Cast
from vaiti.access import samples
from vaiti.audit import log, verified
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Checkpoint
from vaiti.audit.sequencer import sequence
from vaiti.audit.verify import verify_log
from vaiti.due import alarms
from vaiti.people import recertify
from vaiti.people.models import DeviceUse, Role
from vaiti.register.models import Call
from vaiti.register.sampling import Drawn
from vaiti.retention import certificates
from vaiti.retention.certificates import Issuer
from web.conftest import SignIn
from web.test_certificates import DAY as DEAD
from web.test_certificates import buried
from web.world import World

__all__ = ["entries", "open_leg"]

DAY = timedelta(days=1)


def page(client: Client, address: str = "/desk/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_agent_sees_their_calls_and_who_listened_to_them(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    call = world.call("anna.astrom", "leila.virtanen")
    open_leg(cast.anna, call)
    shown = page(sign_in(cast.anna))
    assert f"/calls/{call.hex}/" in shown
    assert "Nobody else has listened to your calls" in shown
    open_leg(cast.mikko, call, purpose="training", reference="2026-118")
    told = page(sign_in(cast.anna))
    assert "Your manager · Internal training of staff" in told
    assert "Mikko" not in told
    assert "Nobody else has listened to your calls" in page(sign_in(cast.leila))


def test_n19_a_listening_to_a_call_past_its_time_is_not_told(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    call = world.call("anna.astrom")
    open_leg(cast.mikko, call, purpose="verify", reference="2026-118")
    Call.objects.update(due_at=NOW)
    assert "Your manager" not in page(sign_in(cast.anna))


def test_a_manager_sees_the_teams_to_confirm_and_their_own_listening(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    open_leg(cast.mikko, world.call("anna.astrom"), purpose="verify", reference="2026-118")
    client = sign_in(cast.mikko)
    shown = page(client)
    assert "Team 1" in shown
    assert "overdue" in shown
    assert "1 time" in shown
    recertify.confirm(cast.mikko.id, cast.team_1.id, NOW)
    assert "overdue" not in page(client)


def test_the_officer_sees_alarms_refusals_and_overdue_reviews(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom")
    assert sign_in(cast.sofia).get(f"/calls/{call.hex}/").status_code == 404
    alarms.raise_alarm("recording_damaged", "0" * 32, "segment 3", NOW)
    shown = page(sign_in(cast.dpo))
    assert "A recording is damaged" in shown
    assert "Sofia Holm" in shown
    assert "Team 2 · Henrik Berg" in shown


def test_the_auditor_sees_where_log_destruction_training_and_samples_stand(
    world: World, cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    client = sign_in(cast.auditor)
    begun = page(client)
    assert "for their place in the next checkpoint" in begun
    for sentence in (
        "No report has been made yet.",
        "You have drawn no sample yet.",
        "Nobody has looked yet, and nothing has been destroyed.",
        "No alarm is standing",
    ):
        assert sentence in begun
    for _n in range(3):
        world.call("sofia.holm")
    alarms.raise_alarm("recording_damaged", "0" * 32, "segment 3", NOW)
    assert client.get("/report/?from=1.9.2026&to=30.9.2026").status_code == 200
    samples.draw(cast.auditor.id, Drawn(NOW - DAY, NOW + DAY), 2, NOW)
    signer = Signer("example.org/log", b"s" * 32)
    sequence(NOW - 2 * DAY, signer)
    buried(3, ended=True)
    certificates.issue(certificates.of_day(DEAD), Issuer("", ""), by="system:test", now=NOW)
    sequence(NOW, signer)
    shown = page(client)
    assert "signed on 23.11.2026 at 14:00:00" in shown
    assert "The log of yesterday stands unchanged in that of today" in shown
    assert "No checkpoint has left this register" in shown
    assert "A recording is damaged" in shown
    assert "Certificate of 22.11.2026" in shown
    assert "1.9.2026–30.9.2026" in shown
    assert "2 of 3 calls" in shown
    assert "14 of 14 with a role" in shown
    assert "Sofia" not in shown
    read = [json.loads(one.body)["facts"]["kind"] for one in entries("access:log:read")]
    assert sorted(set(read)) == ["access:report:made", "refused", "retention:certificate:issued"]


def test_n19_an_auditor_sees_certificates_of_days_lists_and_orders(
    cast: Cast, sign_in: SignIn
) -> None:
    with transaction.atomic():
        for subject in ("2026-11-20", f"list:{'0a' * 16}", f"order:{'0f' * 16}"):
            kind, facts = Kind.RETENTION_CERTIFICATE_ISSUED, {"calls": 1}
            log.append(kind, actor="system:retention", subject=subject, facts=facts, now=NOW)
    sequence(NOW, Signer("vaiti/test", bytes(range(32))))
    shown = page(sign_in(cast.auditor))
    titles = ("of 20.11.2026", "of listed calls", "of destruction on order")
    assert [title for title in titles if f"Certificate {title}" not in shown] == []


def test_an_auditor_is_told_of_a_log_that_is_not_yesterdays(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    signer = Signer("example.org/log", b"s" * 32)
    client = sign_in(cast.auditor)
    page(client)
    sequence(NOW - 2 * DAY, signer)
    page(client)
    sequence(NOW, signer)
    assert "The log of yesterday stands unchanged" in page(client)
    Checkpoint.objects.filter(at__lt=NOW).update(root=b"x" * 32)
    assert "Have the whole log verified at once." in page(client)


def test_an_auditor_sees_when_the_log_was_last_verified_and_what_came_of_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    signer = Signer("example.org/log", b"s" * 32)
    client = sign_in(cast.auditor)
    page(client)
    sequence(NOW, signer)
    assert "Nobody has verified the whole log on this machine yet" in page(client)
    report = verify_log(signer.public, NOW)
    assert report.ok
    verified.note(report, first=0, by="system:test", now=NOW - 32 * DAY)
    assert "long ago" in page(client)
    verified.note(report, first=1, by="system:test", now=NOW)
    shown = page(client)
    assert "The newer part of the log was verified" in shown
    assert f"{report.size - 1} entries looked at" in shown or report.size == 2
    Checkpoint.objects.update(root=b"x" * 32)
    broken = verify_log(signer.public, NOW)
    verified.note(broken, first=0, by="system:test", now=NOW + timedelta(seconds=1))
    assert "The log was verified, and it is not whole" in page(client)


def test_the_set_up_list_turns_green(world: World, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.administrator)
    DeviceUse.objects.filter(person=cast.oskar).update(valid_to=NOW)
    Role.objects.filter(person=cast.dpo).update(valid_to=NOW)
    begun = page(client, "/state/")
    assert "1 agent has none in the register of devices" in begun
    assert "Nobody is there yet for: Data protection officer." in begun
    assert "Place a call on the test line" in begun
    DeviceUse.objects.filter(person=cast.oskar).update(valid_to=None)
    Role.objects.filter(person=cast.dpo).update(valid_to=None)
    world.call("anna.astrom")
    after = page(client, "/state/")
    assert "The newest was taken in on 23.11.2026 at 14:00." in after
    assert "Someone is there for each role" in after
    assert "Calls find their agents by the telephone they use." in after
    world.stop_keys()
    assert "Start the key process" in page(client, "/state/")


def test_the_overview_is_in_the_log_where_it_shows_calls_or_the_log(
    world: World, cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    page(sign_in(cast.anna))
    page(sign_in(cast.dpo))
    said = [json.loads(one.body)["facts"] for one in entries("access:calls:listed")]
    assert sorted(one["filters"] for one in said) == ["", "listened_to"]
    read = [json.loads(one.body)["facts"]["kind"] for one in entries("access:log:read")]
    assert sorted(read) == ["queue", "refused"]


def test_n06_a_call_is_taken_out_of_training_on_its_page(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom")
    client, address = sign_in(cast.anna), f"/calls/{call.hex}/"
    assert "Not for training" not in page(client, address)
    assert client.post(f"{address}training", {"training": "no"}).status_code == 303
    assert "Not for training" in page(client, address)
    manager = sign_in(cast.mikko)
    assert 'value="training"' not in page(manager, address)
    assert 'value="verify"' in page(manager, address)
    assert sign_in(cast.sofia).post(f"{address}training", {"training": "no"}).status_code == 404
    client.post(f"{address}training", {"training": "yes"})
    assert "Not for training" not in page(client, address)


def test_n27_people_outside_teams_wait_for_who_confirms_them(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    officer, administrator = page(sign_in(cast.dpo)), page(sign_in(cast.administrator))
    assert "Confirm Rita Niemi: rightly here, with these roles?" in officer
    assert "Confirm Daniel Ek" not in officer
    assert "Confirm Daniel Ek: rightly here, with these roles?" in administrator
    assert "Confirm Rita Niemi" not in administrator
    assert 'href="/people/confirm/"' in officer
    assert "Confirm Rita" not in page(sign_in(cast.mikko))
