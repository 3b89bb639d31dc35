"""Checks that a call which was never recorded is found, by the phone system's own list of calls."""

import json
import subprocess
from datetime import UTC, datetime

from vaiti.ops.outside import disk
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.recording import instant, plain_id
from vaiti.ops.outside.world import VAITI, World

OFFICER = "daniel.ek"
CALLER, SECONDS, EARLIER = "+358405553333", 3, 2.0
"""The call that nobody recorded: who called, how long, and how long before the test line's call."""
NEAR = 15.0
SOME_MISSING = 3
REASON = "the demo's check never sent this call"


def missed_call_found(world: World) -> str:
    """The phone system lists one call more than was sent: the register tells of it, and the officer
    says why. Its number stands nowhere."""
    told = compared(world)
    demand(told["missing"] == 1, f"{told['missing']} calls are missing, not the one")
    demand(told["matched"] == told["told"] - 1, "not every recorded call was found in the records")
    row = check_row(world)
    found = disk.find_numbers(world.data, [CALLER])
    demand(not found, f"its number stands in {', '.join(str(path) for path in found)}")
    explain(world, row)
    return (
        f"{told['told']} calls in the records, {told['matched']} recorded, 1 missed and explained"
    )


def compared(world: World) -> dict[str, int]:
    """What the command says of the records. Raises Fault."""
    path = world.workshop / "records.csv"
    path.write_text("caller;called;answered;seconds\n" + "\n".join(records(world)) + "\n")
    command = [*VAITI, "reconcile", str(path), "--json", "--data", str(world.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stderr or done.stdout).strip()[-300:]
    demand(done.returncode == SOME_MISSING, f"reconcile ended with {done.returncode}: {said}")
    told: dict[str, int] = json.loads(done.stdout)
    return told


def records(world: World) -> list[str]:
    """One line a call, as a phone system writes it, whole numbers and all."""
    lines = []
    for said in world.recorded:
        ways = (said.customer, said.line) if said.direction == "in" else (said.line, said.customer)
        lines.append(record(*ways, said.outcome["answered_at"], said.outcome["ended_at"]))
    began = missed_at(world)
    return [*lines, record(CALLER, world.tested.line, began, began + SECONDS)]


def record(caller: str, called: str, began: float, ended: float) -> str:
    moment = datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds")
    return f"{caller};{called};{moment};{ended - began:.1f}"


def missed_at(world: World) -> float:
    return float(world.tested.outcome["answered_at"]) - EARLIER


def check_row(world: World) -> str:
    """The row has the line and the time, is open or explained, and names no call; its id."""
    rows = world.rows(
        "SELECT g.id, l.number, g.started_at, g.call_id FROM register_gap g "
        "JOIN notice_line l ON l.id = g.line_id WHERE g.kind = 'missing' AND g.state != 'closed'"
    )
    demand(len(rows) == 1, f"the gap register has {len(rows)} rows for one missed call")
    ((row, line, began, call),) = rows
    demand(line == world.tested.line, "the gap register names another line")
    demand(call is None, "the gap register takes a recording for the missed call")
    late = abs(instant(began) - missed_at(world))
    demand(late < NEAR, f"the gap register tells of another time, {late:.0f} seconds away")
    return plain_id(row)


def explain(world: World, row: str) -> None:
    """The officer finds the row on the page, and says why."""
    officer = world.inside(OFFICER)
    listed = officer.get("/gaps/?kind=missing")
    demand("A call was not recorded" in listed.words, "the page does not show the missed call")
    address = f"/gaps/{row}/"
    demand(address in Page(listed.text).addresses, "the page does not lead to the missed call")
    form = officer.page(address).form(address)
    answer = officer.submit(form, why=REASON, state="explained")
    demand(answer.status == 200, f"saying why answered {answer.status}")
    demand(REASON in answer.words, "the page does not say why")
