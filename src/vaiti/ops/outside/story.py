"""The story that the demo is checked by, step by step, from the start to the end."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from vaiti.ops.outside import (
    access,
    activity,
    asking,
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
from vaiti.ops.outside.world import World

Step = tuple[str, Callable[[World], str]]

STEPS: Sequence[Step] = (
    ("started", starting.started),
    ("a second factor is asked for", strong.second_factor_asked),
    ("calls are answered", recording.calls_answered),
    ("an unlisted line is refused", recording.unlisted_refused),
    ("rows are right", recording.rows_right),
    ("numbers are masked", recording.numbers_masked),
    ("a missed call is found", gap.missed_call_found),
    ("both lanes are what was said", recording.lanes_right),
    ("no readable audio on the disk", recording.nothing_readable),
    ("a colleague sees nothing", access.colleague_sees_nothing),
    ("a manager says why", access.manager_says_why),
    ("each role sees its rows", matrix.rows_by_role),
    ("each role hears its calls", matrix.sound_by_role),
    ("each role reaches its pages", matrix.places_by_role),
    ("each role acts on its calls", matrix.acts_by_role),
    ("a refused purpose", purposes.purpose_refused),
    ("security needs a second person", incident.second_person_asked),
    ("a trainer hears what is gathered", activity.gathered_heard),
    ("an agent moves between teams", teams.agent_moved),
    ("an agent sees who listened", seen.agent_is_told),
    ("a token within its scope", programs.token_answered),
    ("a pause keeps nothing", live.pause_keeps_nothing),
    ("what is left out is silent", hold.left_out),
    ("an objection leaves nothing", live.objection_leaves_nothing),
    ("a full disk", full_disk.full_disk),
    ("two recorders, one dies", two_recorders.one_dies),
    ("a recorder dies in mid-call", reborn.reborn),
    ("a shared desk", desk.shared_desk),
    ("an unsigned letter", asking.unsigned_letter),
    ("a request among ordinary mail", asking.mail_among_others),
    ("a request by the web form", wanted.web_request),
    ("a person's call is found", wanted.call_found),
    ("a person listens at the office", wanted.heard_at_office),
    ("a copy is delivered", wanted.copy_delivered),
    ("evidence verifies alone", wanted.evidence_verified),
    ("erased by a case, planned", wanted.erasure_planned),
    ("a complete refusal", refusing.refused_in_full),
    ("a call over TLS, in SRTP", secured.call_over_tls),
    ("every listening is logged", access.listenings_logged),
    ("the log verifies", access.log_verifies),
    ("a planted old file is found", older.planted_file_found),
    ("all promises are kept", promised.all_kept),
    ("a sabotage of each kind is seen", promised.red_and_back),
    ("a signed message is received", programs.letter_signed),
    ("a call is held", keeping.call_held),
    ("destroyed on order, planned", order.order_given),
    ("backed up", restored.backed_up),
    ("expired training stops the sound", training.expiry_stops_the_sound),
    ("a request in time", in_time.asked_in_time),
    ("refused from the due instant", ending.refused_when_due),
    ("destroyed", ending.destroyed),
    ("kept for who asked in time", in_time.kept_though_due),
    ("the log still verifies", ending.log_still_verifies),
    ("a held call outlives its day", keeping.held_call_outlives_its_day),
    ("certificate and log verify alone", proving.certificate_verified),
    ("destroyed on order, proven", order.order_done),
    ("erased by a case, proven", wanted.erasure_proven),
    ("stopped", ending.stopped),
    ("a backup brings nothing back", restored.destroyed_call_stays_gone),
)

REHEARSED = {
    *("started", "a second factor is asked for", "calls are answered", "rows are right"),
    *("a call is held", "backed up", "destroyed"),
    *("refused from the due instant", "the log still verifies", "stopped"),
    *("both lanes are what was said", "a held call outlives its day"),
    "certificate and log verify alone",
}
DRILL: Sequence[Step] = tuple(step for step in STEPS if step[0] in REHEARSED)
"""Of these what backups, holds and destruction need, for `vaiti drill`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one step; `figure` is what it measured, or what was wrong."""

    name: str
    ok: bool
    seconds: float
    figure: str


def tell(world: World, steps: Sequence[Step]) -> bool:
    """Takes the steps to the first that fails; one line each, then one JSON object."""
    told: list[Told] = []
    for name, act in steps:
        told.append(take(name, act, world))
        mark = "ok  " if told[-1].ok else "FAIL"
        print(f"{mark} {name:32} {told[-1].seconds:6.1f} s  {told[-1].figure}", flush=True)
        if not told[-1].ok:
            break
    ok = all(one.ok for one in told)
    print(json.dumps({"ok": ok, "steps": [asdict(one) for one in told]}), flush=True)
    return ok


def take(name: str, act: Callable[[World], str], world: World) -> Told:
    began = time.monotonic()
    try:
        figure, ok = act(world), True
    except Fault as fault:
        figure, ok = str(fault), False
    except Exception as error:  # noqa: BLE001 - a check that breaks has not held
        figure, ok = f"the check itself broke: {type(error).__name__}: {error}", False
    return Told(name, ok, round(time.monotonic() - began, 2), figure)
