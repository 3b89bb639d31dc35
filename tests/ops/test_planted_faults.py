"""Every step of the demo's check turns red when the thing it checks is broken.

One demo runs for the whole module. Each test plants a fault in it, sees the step refuse, and takes
the fault away again; the steps follow each other as in the story, for each rests on those before.
"""

import base64
import gzip
import io
import os
import socket
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from ops.planting import altered, execute, leading, meddled, membership, person, planted
from vaiti.ops.demo.check import new_world
from vaiti.ops.outside import (
    access,
    activity,
    asking,
    court,
    desk,
    ending,
    full_disk,
    gap,
    hold,
    in_time,
    incident,
    keeping,
    live,
    matrix,
    older,
    order,
    programs,
    promised,
    proving,
    purposes,
    reborn,
    recording,
    refusing,
    restored,
    secured,
    seen,
    starting,
    strong,
    teams,
    training,
    two_recorders,
    wanted,
)
from vaiti.ops.outside.fault import Fault
from vaiti.ops.outside.recording import listen
from vaiti.ops.outside.sound import codings
from vaiti.ops.outside.story import STEPS
from vaiti.ops.outside.world import World, place, wait_for

pytestmark = [pytest.mark.timeout(360), pytest.mark.whole]


TURNED_RED: set[object] = set()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


def red(act: Callable[[World], object], world: World, says: str) -> None:
    with pytest.raises(Fault, match=says):
        act(world)
    TURNED_RED.add(act)


def object_of(world: World) -> Path:
    ((name,),) = world.rows(f"SELECT object_id FROM register_call WHERE id = '{world.plain.call}'")
    return world.data / "store" / str(name)[:2] / f"{name}.vs"


def forget_the_call_of(world: World, customer: str) -> None:
    """Takes a call out of the register that the story knows nothing of. Its tombstone says that it
    was in the book: what the journal holds of other calls beside it may go."""
    its = f"SELECT id FROM register_call WHERE customer = '{customer}'"
    wait_for("the call is not in the register", lambda: bool(world.rows(its)))
    columns = "call, object_id, due_at, done_at, method, audit_leaf"
    told = "SELECT id, object_id, due_at, started_at, 'forgotten', id FROM register_call"
    execute(world, f"INSERT INTO retention_tombstone ({columns}) {told} WHERE id IN ({its})")
    execute(world, f"DELETE FROM register_leg WHERE call_id IN ({its})")
    execute(world, f"DELETE FROM register_call WHERE customer = '{customer}'")


def test_a_demo_that_does_not_come_up_is_seen(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", world.web_port))
        red(starting.started, world, "(?s)the demo did not start: .*Port .* is taken")
    assert starting.started(world)


def test_a_demo_that_is_only_half_up_is_seen(world: World) -> None:
    with planted(world.data / "run" / "keys.pid", b"999999999"):
        red(starting.check_up, world, "running are keeper, recorder, web, worker")
    web, sip = world.web_port, world.sip_port
    world.web_port = sip  # where somebody answers, but not with a page
    red(starting.check_up, world, "no answer to GET /healthz")
    world.web_port, world.sip_port = web, web
    red(starting.check_up, world, "answered OPTIONS with something else")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        world.sip_port = nobody.getsockname()[1]
        red(starting.check_up, world, "no answer to OPTIONS")
    world.sip_port = sip
    starting.check_up(world)


def test_n08_a_promise_that_is_not_kept_is_seen(world: World) -> None:
    """Of a world in which no test has left anything of what it planted."""
    with altered(world, "people_role", "kind", "'stranger'", f"person_id = '{henrik(world)}'"):
        red(promised.all_kept, world, "N-27 broken access.roles_promised")
        red(promised.check_back, world, "broken afterwards: N-27")
    assert promised.all_kept(world)


def test_n08_a_check_that_is_blind_to_its_sabotage_is_seen(world: World) -> None:
    with meddled(world, "BEFORE UPDATE OF kind ON audit_leaf", "SELECT RAISE(IGNORE)"):
        red(promised.red_and_back, world, "nobody has seen what was done to the log")
    assert promised.red_and_back(world)


def test_n27_an_administrator_without_a_second_factor_is_seen(world: World) -> None:
    whose = f"person_id = '{person(world, 'aino.laine')}'"
    with altered(world, "people_role", "kind", "'auditor'", whose):
        red(strong.second_factor_asked, world, "aino.laine reaches /people/ without a second")
    forget = "UPDATE people_factor SET last_step = 0 WHERE id = NEW.id"
    with meddled(world, "AFTER INSERT ON people_factor", forget):
        red(strong.second_factor_asked, world, "a code that aino.laine has used was answered 200")
    assert strong.second_factor_asked(world)


def test_calls_that_nobody_answers_are_seen(world: World) -> None:
    port, transports = world.sip_port, [said.transport for said in world.recorded]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        world.sip_port = taken.getsockname()[1]
        for said in world.recorded:
            said.transport = "tcp"  # over UDP a phone waits half a minute for nobody
        red(recording.calls_answered, world, "was answered None")
    world.sip_port = port
    for said, transport in zip(world.recorded, transports, strict=True):
        said.transport = transport
    assert recording.calls_answered(world)


def test_a_row_that_is_not_as_the_call_was_is_seen(world: World) -> None:
    assert recording.rows_right(world)
    mine = f"id = '{world.plain.call}'"
    with altered(world, "register_call", "direction", "'out'", mine):
        red(recording.rows_right, world, "no row tells of the call")
    with altered(world, "register_call", "customer", "'***'", mine):
        red(recording.rows_right, world, "no row tells of the call")
    with altered(world, "register_leg", "person_id", "NULL", f"call_id = '{world.plain.call}'"):
        red(recording.rows_right, world, "not one leg")
    assert recording.rows_right(world)


def test_n22_a_missed_call_that_nobody_is_told_of_is_seen(world: World) -> None:
    forget = "DELETE FROM register_gap WHERE id = NEW.id"
    with meddled(world, "AFTER INSERT ON register_gap", forget):
        red(gap.missed_call_found, world, "0 rows for one missed call")
    later = "datetime(started_at, '+1 day')"
    with altered(world, "register_call", "started_at", later, f"id = '{world.plain.call}'"):
        red(gap.missed_call_found, world, "2 calls are missing, not the one")
    assert gap.missed_call_found(world)
    elsewhere = f"(SELECT id FROM notice_line WHERE number = '{world.plain.line}')"
    with altered(world, "register_gap", "line_id", elsewhere, "state = 'explained'"):
        red(gap.check_row, world, "another line")
    assert gap.missed_call_found(world)


def test_a_line_that_is_recorded_after_all_is_seen(world: World) -> None:
    line, world.unlisted.line = world.unlisted.line, world.plain.line
    red(recording.unlisted_refused, world, "was answered 200")
    world.unlisted.line = line
    forget_the_call_of(world, "+358401112***")
    assert recording.unlisted_refused(world)


NUMBER = "0401234567"
SPELLINGS = {
    "plain": NUMBER.encode(),
    "spaced": b"call from +358 40-123 45 67 today",
    "utf-16": "tel:+358(0)401234567".encode("utf-16-le"),
    "gzip": gzip.compress(b"x" * 100 + b"+358401234567"),
    "base64": base64.b64encode(b"sip:+358401234567@pbx"),
    "integer": (358401234567).to_bytes(8, "big"),
    "digits packed": bytes.fromhex("358401234567"),
    "after an id and an instant": b"5" * 32
    + b"2026-11-29 09:00:40.123456"
    + NUMBER.encode()
    + b"abc",
}
DRAWN = (
    b"7401234567abcdef" * 2
    + b" 40123456-7000-4000-8000-0123456789ab 09:00:40.123456"
    + (b'7, {"at_us":1764401401234567}')
)


def test_n15_a_whole_number_in_any_spelling_is_seen(world: World) -> None:
    with ExitStack() as stack:
        for name, content in SPELLINGS.items():
            file = world.data / "logs" / f"stray-{name}.log"
            stack.enter_context(planted(file, b"\x01\x02" + content + b"\x03"))
        each = "".join(f"(?=.*stray-{name}.log)" for name in SPELLINGS)
        red(recording.numbers_masked, world, f"a whole number stands in {each}")


def test_n15_1177_a_number_in_the_name_of_a_file_is_seen(world: World) -> None:
    with planted(world.data / "run" / f"call-{NUMBER}.tmp", b""):
        red(recording.numbers_masked, world, "a whole number stands in")
    with planted(world.data / "logs" / "drawn.log", DRAWN):  # chance may write that, too
        assert recording.numbers_masked(world)


def test_the_doctor_finds_nothing_to_mend(world: World) -> None:
    said = world.vaiti("doctor", "--data", str(world.data))
    assert "FAIL" not in said
    assert "line_not_recorded" in said


def test_crossed_lanes_are_seen(world: World) -> None:
    said = world.plain
    said.agent_wave, said.customer_wave = said.customer_wave, said.agent_wave
    red(recording.lanes_right, world, "not what was said")
    said.agent_wave, said.customer_wave = said.customer_wave, said.agent_wave
    assert recording.lanes_right(world)


def test_a_changed_byte_of_a_sealed_object_is_seen(world: World) -> None:
    path = object_of(world)
    sealed = path.read_bytes()
    with planted(path, sealed[:9000] + bytes([sealed[9000] ^ 1]) + sealed[9001:]):
        red(recording.lanes_right, world, "answered")
    assert recording.lanes_right(world)


def test_n17_readable_sound_on_the_disk_is_seen(world: World) -> None:
    linear, *_, law = codings(world.plain.customer_wave)
    for content in (law, gzip.compress(linear)):
        with planted(world.data / "journal" / "spool.tmp", content):
            red(recording.nothing_readable, world, "readable sound stands in .*spool.tmp")
    with planted(world.data / "store" / "aa" / "plain.vs", b"RIFF" + bytes(20_000)):
        red(recording.nothing_readable, world, "it is not sealed")
    assert recording.nothing_readable(world)


def test_n28_a_colleague_who_sees_the_call_is_seen(world: World) -> None:
    sofia = f"'{person(world, world.colleague)}'"
    with altered(world, "register_leg", "person_id", sofia, f"call_id = '{world.plain.call}'"):
        red(access.colleague_sees_nothing, world, "list shows the call")
    assert access.colleague_sees_nothing(world)


def test_n29_listening_without_a_reason_is_seen(world: World) -> None:
    manager, world.manager = world.manager, world.owner
    red(access.manager_says_why, world, "without a purpose answered 200")
    world.manager = manager
    assert access.manager_says_why(world)


TEAM, OTHER_TEAM = "Customer service 1", "Customer service 2"
ANYBODY = (
    "henrik.berg",
    "rita.niemi",
    "daniel.ek",
    "sven.dahl",
    "tuula.aho",
    "arvid.sund",
    "karin.ek",
)


@pytest.mark.parametrize("login", ANYBODY)
def test_n27_a_role_that_sees_too_much_is_seen(world: World, login: str) -> None:
    who = next(one for one in world.people if one.login == login)
    with leading(world, login, TEAM):
        red(lambda one: matrix.check_rows(one, who), world, f"{login} .* is shown [23] rows")


def test_n27_rows_and_sound_that_are_not_the_roles_are_seen(world: World) -> None:
    """And that everybody of the test before sees their own again."""
    with altered(world, "notice_line", "function", "'test'", f"number = '{world.plain.line}'"):
        red(matrix.rows_by_role, world, "aino.laine .* is shown 4 rows, not 1")
        red(matrix.sound_by_role, world, "aino.laine .* opens the call on")
    with altered(world, "people_role", "kind", "'auditor'", f"person_id = '{henrik(world)}'"):
        red(matrix.sound_by_role, world, "henrik.berg|/calls/.* answered 404")
    assert matrix.rows_by_role(world)
    assert matrix.sound_by_role(world)


def henrik(world: World) -> str:
    return person(world, "henrik.berg")


def test_n27_a_page_that_is_not_the_roles_is_seen(world: World) -> None:
    for login, other, says in (
        ("arvid.sund", "'security_lead'", "arvid.sund .* does not reach"),
        ("tuula.aho", "'auditor'", "tuula.aho .* reaches refusals"),
    ):
        who = next(one for one in world.people if one.login == login)
        with altered(world, "people_role", "kind", other, f"person_id = '{person(world, login)}'"):
            red(lambda one: matrix.check_places(one, who), world, says)  # noqa: B023
        matrix.check_places(world, who)
    TURNED_RED.add(matrix.places_by_role)  # which looks so at the pages of each person


def test_n27_an_act_on_a_call_that_is_not_the_roles_is_seen(world: World) -> None:
    with altered(world, "people_role", "kind", "'auditor'", f"person_id = '{henrik(world)}'"):
        red(matrix.acts_by_role, world, "hear it answers henrik.berg .* with 404")
    with leading(world, "henrik.berg", TEAM):
        red(matrix.acts_by_role, world, "hear it answers henrik.berg .* with 200")
    assert matrix.acts_by_role(world)


def test_n29_a_purpose_that_is_none_is_seen(world: World) -> None:
    manager, world.manager = world.manager, world.owner
    red(purposes.purpose_refused, world, "listens for nothing: 200")
    world.manager = manager
    with meddled(world, "BEFORE UPDATE OF purpose ON access_listening", "SELECT RAISE(IGNORE)"):
        red(purposes.purpose_refused, world, "the database takes a fifth purpose")
    assert purposes.purpose_refused(world)


def test_n07_security_without_a_second_person_is_seen(world: World) -> None:
    lead = person(world, "sven.dahl")
    given = f"allowed = 1, decided_at = asked_at, decided_by_id = '{lead}'"
    yes = f"UPDATE access_approval SET {given} WHERE id = NEW.id"
    with meddled(world, "AFTER INSERT ON access_approval", yes):
        red(incident.second_person_asked, world, "hears before anybody has said yes")
    execute(world, "UPDATE access_mandate SET closed_at = opened_at")
    again = "UPDATE access_mandate SET closed_at = NULL WHERE id = NEW.id"
    with meddled(world, "AFTER UPDATE OF closed_at ON access_mandate", again):
        red(incident.second_person_asked, world, "hears on after the incident's end")
    execute(world, "UPDATE access_mandate SET closed_at = opened_at")
    assert incident.second_person_asked(world)


def test_n06_more_than_a_trainer_may_hear_is_seen(world: World) -> None:
    more = "UPDATE access_mandate SET cap = 5 WHERE id = NEW.id"
    with meddled(world, "AFTER INSERT ON access_mandate", more):
        red(activity.gathered_heard, world, "2 calls were drawn where the cap allows one")
    execute(world, "UPDATE access_mandate SET closed_at = opened_at")
    again = "UPDATE access_mandate SET closed_at = NULL WHERE id = NEW.id"
    with meddled(world, "AFTER UPDATE OF closed_at ON access_mandate", again):
        red(activity.gathered_heard, world, "hears on after the activity's end")
    execute(world, "UPDATE access_mandate SET closed_at = opened_at")
    assert activity.gathered_heard(world)


def test_n29_a_manager_who_keeps_who_has_left_is_seen(world: World) -> None:
    back = "UPDATE people_membership SET valid_to = NULL WHERE id = NEW.id"
    with meddled(world, "AFTER UPDATE OF valid_to ON people_membership", back):
        red(teams.agent_moved, world, "mikko.makinen hears on after the agent has left")
    there = membership(world, world.owner, OTHER_TEAM)
    execute(world, f"DELETE FROM people_membership WHERE {there}")
    gone = "DELETE FROM people_membership WHERE id = NEW.id"
    with meddled(world, "AFTER INSERT ON people_membership", gone):
        red(teams.agent_moved, world, "henrik.berg does not see the calls of their people")
    here = membership(world, world.owner, TEAM)
    execute(world, f"UPDATE people_membership SET valid_to = NULL WHERE {here}")
    with leading(world, "eeva.korhonen", TEAM):
        red(teams.agent_moved, world, "eeva.korhonen opens a call of another's people")
    assert teams.agent_moved(world)


def test_l32_a_listening_that_the_agent_is_not_told_of_is_seen(world: World) -> None:
    other = "UPDATE access_listening SET purpose = 'verify' WHERE id = NEW.id"
    with meddled(world, "AFTER INSERT ON access_listening", other):
        red(seen.agent_is_told, world, "not told that the manager listened")
    ours = "purpose = 'security'"
    with altered(world, "access_listening", "rule", "'subordinate_leg'", ours):
        red(seen.agent_is_told, world, "not told of what an incident gave")
    assert seen.agent_is_told(world)


def test_n22_a_pause_that_keeps_something_is_seen(world: World) -> None:
    said = live.paused_call(world)
    live.check_pause(world, said)
    for change, says in (
        ("json_set(recording, '$.pauses', json('[]'))", "0 pauses, not of one"),
        ("json_set(recording, '$.pauses[0].reason', 'whim')", "does not say why"),
        ("json_set(recording, '$.pauses[0].to_us', 0)", "seconds long"),
    ):
        with altered(world, "register_call", "recording", change, f"id = '{said.call}'"):
            red(lambda one: live.check_pause(one, said), world, says)
    TURNED_RED.add(live.pause_keeps_nothing)  # which is a call with a pause and these looks


def test_l44_what_is_kept_of_hold_pause_and_silenced_passage_is_seen(world: World) -> None:
    said = hold.call_with_both(world)

    def looks(one: World) -> None:
        rows = live.rows_of(one, said.call)
        hold.check_gaps(said, rows, listen(one, one.owner, said))

    looks(world)
    for change, says in (
        ("json_set(recording, '$.holds', json('[]'))", "one of holds"),
        ("json_set(recording, '$.pauses[0].reason', 'whim')", "that the sender paused"),
        ("json_set(recording, '$.pauses[0].to_us', 0)", "s are told"),
    ):
        with altered(world, "register_call", "recording", change, f"id = '{said.call}'"):
            red(looks, world, says)
    before = listen(world, world.owner, said)
    with pytest.raises(Fault, match="heard in the silenced passage"):
        hold.same(before, before)
    hold.check_silenced(world, said)
    with pytest.raises(Fault, match="there was nothing to silence"):
        hold.check_silenced(world, said)
    TURNED_RED.add(hold.left_out)  # which is a call with all three and these looks


def test_a_call_that_is_kept_against_an_objection_is_seen(world: World) -> None:
    red(lambda one: live.check_nothing_kept(one, one.plain.call), world, "is in the register")
    assert live.objection_leaves_nothing(world)
    TURNED_RED.add(live.objection_leaves_nothing)  # which is a call and these looks


def test_a_full_disk_that_is_not_told_of_is_seen(world: World) -> None:
    red(full_disk.check_turned_down, world, "answered 200 while the disk was full")
    said = full_disk.filled_in_call(world)

    def looks(one: World) -> None:
        full_disk.check_told(one, said)

    looks(world)
    its, told_nothing = f"id = '{said.call}'", "json_set(recording, '$.warnings', json('[]'))"
    for table, column, change, where, says in (
        ("register_call", "ended_by", "'silence'", its, "ended by"),
        ("register_call", "recording", told_nothing, its, "that a part is missing"),
        ("register_gap", "cause", "'unknown'", "cause = 'disk_full'", "the gap register"),
    ):
        with altered(world, table, column, change, where):
            red(looks, world, says)
    TURNED_RED.add(full_disk.full_disk)  # which is a call on a full disk and these looks


def test_n17_what_is_wrong_with_a_call_that_two_recorders_had_is_seen(world: World) -> None:
    said = two_recorders.taken_over(world)
    two_recorders.check_one(world, said)
    two_recorders.check_sound(world, said)

    def looks(one: World) -> None:
        two_recorders.check_one(one, said)

    its, same = f"id = '{said.call}'", f"'{two_recorders.CUSTOMER[:-3]}***'"
    for column, change, where, says in (
        ("ended_by", "'silence'", its, "ended by"),
        ("ended_at", "datetime(ended_at, '+60 seconds')", its, "s long"),
        ("recording", "json_set(recording, '$.changeovers', json('[]'))", its, "has 0 marks"),
        ("recording", "json_set(recording, '$.changeovers[0].to_us', 0)", its, "marked as lost"),
        ("customer", same, f"id = '{world.plain.call}'", "is 2 calls"),
    ):
        with altered(world, "register_call", column, change, where):
            red(looks, world, says)
    another, sold = replace(said, call=world.plain.call), world.sold
    voices = replace(said, agent_wave=sold.agent_wave, customer_wave=sold.customer_wave)
    red(lambda one: two_recorders.check_ends(one, another), world, "1 keys are alive for one call")
    red(lambda one: two_recorders.check_sound(one, voices), world, "part is not what was said")
    TURNED_RED.add(two_recorders.one_dies)  # which is such a call and these looks


def test_n17_a_call_that_does_not_outlive_its_recorder_is_seen(world: World) -> None:
    outlived = reborn.killed_in_call(world)
    reborn.check_gone_on(outlived)
    for call, says in (
        (replace(outlived, resumed=0), "goes on with 0 calls"),
        (replace(outlived, lost=1, away=2.0), "1 packets are lost after 2.0 s"),
    ):
        red(lambda _, call=call: reborn.check_gone_on(call), world, says)
    said = outlived.said

    def looks(one: World) -> None:
        reborn.check_one(one, said)

    looks(world)
    its, same = f"id = '{said.call}'", f"'{reborn.CUSTOMER[:-3]}***'"
    for column, change, where, says in (
        ("ended_by", "'cut_off'", its, "ended by"),
        ("recording", "json_set(recording, '$.warnings', json('[1]'))", its, "it has the marks"),
        ("customer", same, f"id = '{world.plain.call}'", "is 2 calls"),
    ):
        with altered(world, "register_call", column, change, where):
            red(looks, world, says)
    TURNED_RED.add(reborn.reborn)  # which is such a call and these looks


def test_n16_a_call_at_a_shared_desk_that_is_anothers_is_seen(world: World) -> None:
    first, second, changed = desk.two_calls(world)
    desk.check_each(world, first, second)
    nobody, leila = "NULL", f"'{person(world, desk.FIRST)}'"
    with altered(world, "register_leg", "person_id", nobody, f"call_id = '{first}'"):
        red(lambda one: desk.check_each(one, first, second), world, "is that of nobody")
    with altered(world, "register_leg", "person_id", leila, f"call_id = '{second}'"):
        red(lambda one: desk.check_each(one, first, second), world, f"is that of {desk.FIRST}")
    red(lambda one: desk.check_moved(one, second), world, f"is that of {desk.SECOND}")
    desk.say(world, (desk.LATE, "login", changed + 2 * desk.MOMENT))
    desk.check_moved(world, second)
    with altered(world, "register_correction", "before", "''", "what = 'agent'"):
        red(lambda one: desk.check_moved(one, second), world, "does not say whose the call was")
    TURNED_RED.add(desk.shared_desk)  # which is these calls and these looks


def test_n17_a_call_over_tls_that_is_no_such_call_is_seen(world: World) -> None:
    said = secured.over_tls(world)
    place(world, [said])
    assert secured.check_call(world, said)
    for changes, says in (
        ({"outcome": {**said.outcome, "status": 403}}, "was answered 403"),
        ({"outcome": {**said.outcome, "bye_status": 0}}, "its BYE was answered 0"),
        ({"agent_wave": said.customer_wave}, "is not what was said"),
    ):
        other = replace(said, **changes)
        red(lambda one, other=other: secured.check_call(one, other), world, says)
    red(lambda _: secured.check_stranger(said), world, "not listed was answered 200")
    TURNED_RED.add(secured.call_over_tls)  # which is a call and these looks


def test_a_listening_without_its_entry_is_seen(world: World) -> None:
    assert access.listenings_logged(world)
    ((leaf,),) = world.rows("SELECT audit_leaf FROM access_listening ORDER BY opened_at LIMIT 1")
    ((salt, body, who, what),) = world.rows(
        f"SELECT quote(salt), quote(body), actor, subject FROM audit_leaf WHERE id = '{leaf}'"
    )
    gone = "salt = NULL, body = '', actor = '', subject = ''"
    execute(world, f"UPDATE audit_leaf SET {gone} WHERE id = '{leaf}'")
    red(access.listenings_logged, world, "1 listenings have no entry")
    execute(
        world,
        f"UPDATE audit_leaf SET salt = {salt}, body = {body}, actor = '{who}', subject = '{what}'"
        f" WHERE id = '{leaf}'",
    )
    assert access.listenings_logged(world)


def test_a_log_that_was_changed_is_seen(world: World) -> None:
    ((leaf,),) = world.rows("SELECT id FROM audit_leaf WHERE seq = 3")
    with altered(world, "audit_leaf", "kind", "'call:recording:taken_in'", f"id = '{leaf}'"):
        red(access.log_verifies, world, "root is not that of its signed checkpoint")
    with altered(world, "audit_leaf", "body", "'{}'", f"id = '{leaf}'"):
        red(access.log_verifies, world, "entry 3 was altered")
    assert access.log_verifies(world)


def test_n19_what_nothing_accounts_for_is_seen(world: World) -> None:
    with planted(world.data / "store" / "note.txt", b"kept aside"):
        red(older.planted_file_found, world, "before anything was planted it fails.*note.txt")
    assert older.planted_file_found(world)


def test_n33_a_token_that_reaches_too_far_is_seen(world: World) -> None:
    token = programs.granted(world)
    its = f"name = '{programs.NAME}'"
    for column, value, says in (
        ("scopes", '\'["calls:read", "log:read"]\'', "answered 200 for the log"),
        ("lines", "'[\"+358207999999\"]'", "answered 404 for a call of its line"),
        ("ends", "begins", "answered 401 for the list"),
    ):
        with altered(world, "access_apitoken", column, value, its):
            red(lambda one: programs.check_scope(one, token), world, says)
    execute(world, f"DELETE FROM access_apitoken WHERE {its}")
    TURNED_RED.add(programs.token_answered)  # which grants one, looks so and ends it
    assert programs.token_answered(world)


def test_a_message_that_is_not_signed_or_says_too_much_is_seen(world: World) -> None:
    with programs.receiving(world.workshop) as letters:
        programs.subscribe(world, letters.port)
        said = replace(world.plain, customer=programs.CUSTOMER, seconds=2, outcome={}, call="")
        place(world, [said])
        wait_for("no message came", lambda: bool(letters.taken))
    headers, body = letters.taken[0]
    programs.check_letter(world, headers, body)
    forged = body.replace(b"call.kept", b"call.kepT")
    for changed, says in ((forged, "the message is of"), (body + b" ", "signature is wrong")):
        red(lambda one: programs.check_letter(one, headers, changed), world, says)  # noqa: B023
    TURNED_RED.add(programs.letter_signed)  # which receives one and looks so


def test_n19_a_hold_that_keeps_something_else_is_seen(world: World) -> None:
    assert keeping.call_held(world)
    its = f"hold_id IN (SELECT id FROM register_hold WHERE {keeping.STANDS})"
    with altered(world, "register_heldcall", "call_id", f"'{world.plain.call}'", its):
        red(keeping.check_held, world, "does not keep the listed call and no other")
    with altered(world, "register_hold", "ended_at", "placed_at", keeping.STANDS):
        red(keeping.check_held, world, "0 holds stand, not one")
    TURNED_RED.add(keeping.call_held)  # which places it and looks so


def test_n45_a_letter_that_is_kept_otherwise_is_seen(world: World) -> None:
    assert asking.unsigned_letter(world)
    day = asking.today(world) - timedelta(days=9)
    with altered(world, "rights_case", "signature", "'present'", "1"):
        red(lambda one: asking.check_letter(one, day), world, "the case is kept otherwise")
    with altered(world, "rights_case", "arrived_on", "date(arrived_on, '+9 days')", "1"):
        red(lambda one: asking.check_letter(one, day), world, "it counts from")
    TURNED_RED.add(asking.unsigned_letter)


def test_n46_a_mailbox_that_is_not_as_it_was_is_seen(world: World) -> None:
    assert asking.mail_among_others(world)
    box = world.data / "mailbox" / "new"
    others = {path.name: path.read_text() for path in box.iterdir()}
    ((day, _),) = asking.by_mail(world)

    def look(one: World) -> None:
        asking.check_mail(one, date.fromisoformat(str(day)), others)

    with planted(box / "2.b", b"something else"):
        red(look, world, "the mailbox is not as it was")
    with altered(world, "rights_case", "contact", "''", "channel = 'email'"):
        red(look, world, "nobody knows where to answer")
    with altered(world, "rights_mail", "text", "text || ' 4321'", "1"):
        red(look, world, "the mail is kept otherwise")
    TURNED_RED.add(asking.mail_among_others)


def test_n42_a_request_by_the_form_that_is_kept_otherwise_is_seen(world: World) -> None:
    assert wanted.web_request(world)
    for column, value, says in (
        ("customer", "'+358401230002'", "the case keeps the number"),
        ("asked", "'[\"listening\"]'", "other wishes than the form"),
    ):
        with altered(world, "rights_case", column, value, "channel = 'web'"):
            red(wanted.check_request, world, says)
    TURNED_RED.add(wanted.web_request)  # which files it and looks so


def test_n36_a_call_that_is_not_held_for_its_case_is_seen(world: World) -> None:
    assert wanted.call_found(world)
    for table, column, value in (
        ("rights_casecall", "call", f"'{world.plain.call}'"),
        ("register_hold", "kind", "'claim'"),
    ):
        with altered(world, table, column, value, "1"):
            red(wanted.check_named, world, "held for requests are")
    TURNED_RED.add(wanted.call_found)  # which names it and looks so


def test_n43_a_listening_that_is_another_calls_or_not_noted_is_seen(world: World) -> None:
    assert wanted.heard_at_office(world)
    with altered(world, "rights_given", "what", "'listening_offered'", wanted.of_case(world)):
        red(wanted.check_heard, world, "not noted as given")
    other = world.tested.agent_wave.read_bytes()
    red(lambda one: wanted.check_sound(one, other), world, "not both voices are there")
    TURNED_RED.add(wanted.heard_at_office)  # which hears it and looks so


def test_d01_a_copy_that_is_not_what_its_manifest_says_is_seen(world: World) -> None:
    assert wanted.copy_delivered(world)
    whole = (world.workshop / "person" / "copy.zip").read_bytes()
    for change, says in (
        ({"call-1/note.txt": b"more"}, "other files than its manifest"),
        ({"call-1/call.json": b"{}"}, "call.json is not what the manifest says"),
    ):
        changed = repacked(whole, change)
        red(lambda one: wanted.check_copy(one, changed), world, says)  # noqa: B023
    with planted(world.workshop / "person" / "copy.zip", repacked(whole, {"proof.json": b"{}"})):
        red(
            lambda one: proving.verifies(one.workshop / "person", "copy", "copy.zip"),
            world,
            "the copy is not verified",
        )
    TURNED_RED.add(wanted.copy_delivered)  # which fetches it and looks so


def test_n05_evidence_that_was_changed_and_a_blind_verifier_are_seen(world: World) -> None:
    court.take(world, wanted.handler(world))
    apart = world.workshop / "court"
    whole = (apart / "package" / "received.pcap").read_bytes()
    with planted(apart / "package" / "received.pcap", whole[:-1]):
        red(court.check_whole, world, "the evidence is not verified")
    with planted(apart / "key", bytes(32)):
        red(court.check_whole, world, "another key than the log's")
    with planted(apart / "verify.pyz", b"import sys; sys.exit(1)"):
        red(court.check_flipped, world, "does not say that a bit of sound.wav in second 2")
    with planted(apart / "verify.pyz", b"print('all is well')"):
        red(court.check_flipped, world, "with two flipped bits the verifier ends with 0")
    TURNED_RED.add(wanted.evidence_verified)  # which takes it and looks so
    assert wanted.evidence_verified(world)


def repacked(package: bytes, changed: dict[str, bytes]) -> bytes:
    """The same zip with other content in some of its files."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(written, "w") as new:
        files = {name: old.read(name) for name in old.namelist()} | changed
        for name, content in files.items():
            new.writestr(name, content)
    return written.getvalue()


def test_n38_a_call_whose_erasure_is_approved_and_that_is_seen_still_is_seen(world: World) -> None:
    red(wanted.check_let_go, world, "after the approval the call answers its handler with 200")
    red(wanted.check_gone, world, "the erased call's row is still there")
    TURNED_RED.update({wanted.erasure_planned, wanted.erasure_proven})  # of which these are looks
    assert wanted.erasure_planned(world)


def test_n47_a_refusal_that_lacks_something_is_seen(world: World) -> None:
    assert refusing.refused_in_full(world)
    whole = " ".join(refusing.SAYS.values())
    refusing.check_says(whole)
    for what, text in refusing.SAYS.items():
        with pytest.raises(Fault, match=f"the refusal has no {what}"):
            refusing.check_says(whole.replace(text, ""))
    with pytest.raises(Fault, match="in it"):
        refusing.check_says(f'{whole}<h2 lang="sv">Skicka din underskrift</form>')
    with altered(world, "rights_case", "state", "'decided'", "channel = 'letter'"):
        red(refusing.check_closed, world, "the case is decided, refused")
    with altered(world, "rights_letter", "sent_at", "NULL", "kind = 'refusal'"):
        red(refusing.check_closed, world, "no refusal was sent")
    TURNED_RED.add(refusing.refused_in_full)  # which sends it and looks so


def test_n38_a_call_that_outlives_the_order_to_destroy_it_is_seen(world: World) -> None:
    red(order.check_hidden, world, "after the approval the call answers its agent with 200")
    red(order.check_destroyed, world, "the call's row is still there")
    TURNED_RED.update({order.order_given, order.order_done})  # of which these are the looks
    assert order.order_given(world)


def test_a_backup_that_can_be_read_is_seen(world: World) -> None:
    assert restored.backed_up(world)
    with planted(world.workshop / restored.BOOKS / "dump.sql", b"+358401234***"):
        red(restored.check_sealed, world, "a backup can be read")
    with planted(world.data / "keys" / "copy-1", b"keys"):
        red(restored.check_sealed, world, "a copy of the keys was left")
    TURNED_RED.add(restored.backed_up)  # which makes the backup and looks so


def test_n31_training_that_lasts_longer_than_it_should_is_seen(world: World) -> None:
    training.enter_manager(world)
    hers = f"person_id = '{person(world, training.LOGIN)}'"
    later = "datetime(valid_to, '+1 day')"
    with altered(world, "people_trainingrecord", "valid_to", later, hers):
        red(training.expiry_stops_the_sound, world, "the sound answered 206")
    with altered(world, "people_trainingrecord", "valid_to", "datetime('now', '-1 day')", hers):
        red(training.expiry_stops_the_sound, world, "answered 403")
    assert training.expiry_stops_the_sound(world)


def test_n36_a_call_that_nothing_keeps_for_who_asked_in_time_is_seen(world: World) -> None:
    red(in_time.check_kept, world, "no hold of a request keeps the call")
    assert in_time.asked_in_time(world)
    with altered(world, "rights_keptcall", "call", f"'{world.plain.call}'", "1"):
        red(in_time.check_kept, world, "no hold of a request keeps the call")
    TURNED_RED.update({in_time.asked_in_time, in_time.kept_though_due})  # of which this is the look


def test_n19_a_call_that_outlives_its_time_is_seen(world: World) -> None:
    later = "datetime(due_at, '+1 day')"
    with altered(world, "register_call", "due_at", later, f"id = '{world.plain.call}'"):
        red(ending.refused_when_due, world, "at its due instant the call answered 200")
        world.move_clock(0)
    assert ending.refused_when_due(world)


def test_n19_whatever_is_left_of_a_destroyed_call_is_seen(world: World) -> None:
    assert ending.destroyed(world)
    call = world.plain.call
    with planted(world.object_path, b"sealed"):
        red(ending.check_destroyed, world, "sealed object is still there")
    with planted(world.data / "run" / "backup", world.sealed_key):
        red(ending.check_destroyed, world, "sealed key stands in")
    with planted(world.data / "journal" / "000001.vj", bytes.fromhex(call)):
        red(ending.check_destroyed, world, "the journal still holds the call")
    with planted(world.data / "logs" / "old.log", b"+358401234***"):
        red(ending.check_destroyed, world, "masked number stands in")
    with altered(world, "retention_tombstone", "call", f"'{'0' * 32}'", f"call = '{call}'"):
        red(ending.check_destroyed, world, "no tombstone")
    TURNED_RED.add(ending.destroyed)  # which is the wait for the tombstone and these looks
    ending.check_destroyed(world)


def test_n36_the_call_that_was_asked_for_in_time_is_there(world: World) -> None:
    assert in_time.kept_though_due(world)


def test_a_log_that_was_changed_after_the_destruction_is_seen(world: World) -> None:
    assert ending.log_still_verifies(world)
    with altered(world, "audit_leaf", "at", "datetime(at, '+1 second')", "seq = 5"):
        red(ending.log_still_verifies, world, "root is not that of its signed checkpoint")


def test_n19_a_held_call_that_dies_or_stays_too_long_is_seen(world: World) -> None:
    sold = f"id = '{world.sold.call}'"
    with altered(world, "register_call", "narrow_at", "NULL", sold):
        red(keeping.check_kept, world, "past its day the held call answers its agent with 200")
    call, world.sold.call = world.sold.call, "0" * 32
    red(keeping.check_kept, world, "the held call's row is gone")
    world.sold.call = call
    red(keeping.check_let_go, world, "after its hold the call's row is there")
    TURNED_RED.add(keeping.held_call_outlives_its_day)
    assert keeping.held_call_outlives_its_day(world)


def test_n19_a_certificate_that_the_log_does_not_bear_out_is_seen(world: World) -> None:
    call = f"call = '{world.plain.call}'"
    with altered(world, "retention_tombstone", "due_at", "datetime(due_at, '-1 day')", call):
        red(proving.certificate_verified, world, "says otherwise when call .* was due")
    assert "calls destroyed" in proving.certificate_verified(world)


def test_n38_the_order_is_done_by_now(world: World) -> None:
    assert order.order_done(world)


def test_n38_the_erasure_of_the_case_is_proven_and_the_case_closed(world: World) -> None:
    assert wanted.erasure_proven(world)
    with altered(world, "rights_case", "outcome", "'refused'", f"id = '{world.request}'"):
        red(wanted.check_closed, world, "the case is closed, refused")


def test_a_process_or_port_that_is_left_is_seen(world: World) -> None:
    with planted(world.data / "run" / "sixth.pid", b"1"):
        red(ending.stopped, world, "6 processes ran, not 5")
    pids = world.pids()
    assert ending.stopped(world)
    red(lambda one: ending.check_stopped(one, {"web": os.getpid()}), world, "still running: web")
    with socket.create_server(("127.0.0.1", world.web_port)):
        red(lambda one: ending.check_stopped(one, pids), world, "still listens")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", world.sip_port))
        red(lambda one: ending.check_stopped(one, pids), world, "still has port")
    ending.check_stopped(world, pids)


def test_n19_a_call_that_comes_back_with_a_backup_is_seen(world: World) -> None:
    early = restored.restored(world, "early", 0)  # by a clock by which it is not due
    red(restored.check_gone, early, "the call's row came back")
    assert restored.destroyed_call_stays_gone(world)
    late = replace(world, data=world.workshop / restored.RESTORED)
    with planted(late.data / "store" / late.object_path.name, b"sealed"):
        red(restored.check_gone, late, "recording came back")
    TURNED_RED.add(restored.destroyed_call_stays_gone)


def test_every_step_of_the_story_has_turned_red() -> None:
    assert [name for name, act in STEPS if act not in TURNED_RED] == []
