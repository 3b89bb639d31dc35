"""`vaiti demo --calls N`: the people that N calls need, the calls, and an entry that says so."""

import secrets
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from vaiti.access.models import Listening
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.models import Line, NoticeVersion
from vaiti.ops.demo.filling.crowd import BY, enter_crowd, stand_since
from vaiti.ops.demo.filling.made_up import Batch, Cast, batches, begins
from vaiti.ops.demo.filling.progress import Progress
from vaiti.ops.demo.filling.tables import analyse, copy, filling
from vaiti.people.expiry import Term
from vaiti.people.models import Membership, Role
from vaiti.register.models import Call, Leg

TABLES = (Call, Leg, Listening)


def fill(calls: int, term: Term, now: datetime) -> int:
    """Fills the demo with so many more calls, or not at all; answers how many rows that were.

    `term` is for how long the training of the people counts that it enters.
    Nothing else may use the folder meanwhile.
    """
    with transaction.atomic():
        rows = _fill(calls, term, now)
    analyse()
    return rows


def _fill(calls: int, term: Term, now: datetime) -> int:
    enter_crowd(calls, term, now)
    cast = _cast()
    stand_since(begins(cast, now))
    leaf = _log(calls, cast, now)
    first_leg = (Leg.objects.aggregate(last=Max("id"))["last"] or 0) + 1
    progress = Progress(calls)
    with filling(TABLES, calls, _say):
        seed = secrets.randbits(64)
        for batch in batches(calls, cast, now, first_leg=first_leg, leaf=leaf, seed=seed):
            _append(batch)
            progress.add(len(batch.calls["id"]), batch.rows)
    return progress.rows


def _append(batch: Batch) -> None:
    copy(Call, batch.calls)
    copy(Leg, batch.legs)
    if batch.listenings["id"]:
        copy(Listening, batch.listenings)


def _cast() -> Cast:
    notice = NoticeVersion.objects.order_by("valid_from")[0]
    agents: dict[str, list[str]] = {"service": [], "telesales": []}
    for kind, person in Role.objects.filter(valid_to=None).values_list("kind", "person_id"):
        if kind in ("service_agent", "sales_agent"):
            agents["service" if kind == "service_agent" else "telesales"].append(person.hex)
    lines: dict[str, list[str]] = {}
    for function, line in Line.objects.filter(recorded=True).values_list("function", "id"):
        lines.setdefault(function, []).append(line.hex)
    members = Membership.objects.filter(valid_to=None)
    leads = dict(members.filter(leads=True).values_list("team_id", "person_id"))
    return Cast(
        notice=notice.version,
        months=notice.retention_months,
        zone=ZoneInfo(notice.zone),
        lines=lines,
        agents={**agents, "test": agents["service"]},
        leaders={
            person.hex: leads[team].hex
            for person, team in members.filter(leads=False).values_list("person_id", "team_id")
            if team in leads
        },
    )


def _log(calls: int, cast: Cast, now: datetime) -> str:
    """One entry for all: what was made up is not said to have been recorded or heard."""
    facts: Facts = {"calls": calls, "agents": len(cast.leaders)}
    return log.append(Kind.OPS_DEMO_FILLED, actor=BY, facts=facts, now=now).hex


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)
