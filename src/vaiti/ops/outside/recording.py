"""Checks of what was recorded: calls, rows, hidden digits, the two lanes, the seal."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from vaiti.ops.outside import disk, sound
from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.page import Answer, Row, Visitor
from vaiti.ops.outside.world import Said, World, place, wait_for

ZONE = ZoneInfo("Europe/Helsinki")
LIKE = 0.9
"""The least likeness of what is heard to what was said; another voice reaches some 0.1."""
UNLIKE = 0.5
SEALED = 0.99
"""The share of its size to which sealed bytes pack at best."""


def calls_answered(world: World) -> str:
    """Real calls are placed; each is answered, and its end is too."""
    place(world, world.recorded)
    for said in world.recorded:
        status = said.outcome.get("status")
        demand(status == 200, f"a call on {said.line} was answered {status}")
        demand(said.outcome["bye_status"] == 200, f"the BYE on {said.line} was not answered")
    packets = sum(sum(said.outcome["packets"]) for said in world.recorded)
    return f"{len(world.recorded)} calls, {packets} packets"


def unlisted_refused(world: World) -> str:
    """A call on a line that is not to be recorded is refused, and no packet of it is wanted."""
    place(world, [world.unlisted])
    status = int(world.unlisted.outcome.get("status", 0))
    demand(400 <= status < 700, f"a call on a line that is not recorded was answered {status}")
    return f"SIP {status}"


def rows_right(world: World) -> str:
    """Each call becomes one row, with line, direction, customer, agents and times as they were."""
    wanted = len(world.recorded)
    took = wait_for("the calls are not all in the register", lambda: len(calls_of(world)) >= wanted)
    found = calls_of(world)
    demand(len(found) == wanted, f"{len(found)} rows for {wanted} calls")
    for said in world.recorded:
        said.call = row_of(world, said)
    demand(legs_of(world, world.moved.call) == 2, "the transferred call has not one leg an agent")
    demand(legs_of(world, world.plain.call) == 1, "the plain call has not one leg")
    visitor = world.visitor(world.owner)
    check_page(world, visitor, world.plain)
    return f"within {took:.1f} s of the last call's end"


def calls_of(world: World) -> list[tuple[str, ...]]:
    return world.rows(
        "SELECT c.id, c.direction, l.number, c.customer, c.started_at, c.ended_at, c.ended_by "
        "FROM register_call c JOIN notice_line l ON l.id = c.line_id"
    )


def legs_of(world: World, call: str) -> int:
    """How many legs of the call have a named agent."""
    return sum(
        plain_id(row[0]) == call
        for row in world.rows("SELECT call_id FROM register_leg WHERE person_id IS NOT NULL")
    )


def row_of(world: World, said: Said) -> str:
    """The id of the row of this call. Raises Fault when none tells of it as it was."""
    masked = said.customer[:-3] + "***"
    began, ended = said.outcome["answered_at"], said.outcome["ended_at"]
    for call, direction, line, customer, started_at, ended_at, ended_by in calls_of(world):
        near = abs(instant(started_at) - began) < 2 and abs(instant(ended_at) - ended) < 2
        if (direction, line, customer) == (said.direction, said.line, masked) and near:
            demand(
                ended_by == "bye", f"the call on {said.line} is said to have ended by {ended_by}"
            )
            return plain_id(call)
    raise Fault(f"no row tells of the call on {said.line} as it was")


def check_page(world: World, visitor: Visitor, said: Said) -> None:
    """The agent's list shows the call with its facts; the call's page gives its times."""
    row = list_row(visitor, said)
    digits = said.customer.removeprefix("+")[:-3]
    shown = re.sub(r"\D", "", row.cells[4])
    demand(shown == digits, "the list does not show the customer's number as it is kept")
    demand(row.direction == said.direction, "the list shows the wrong direction")
    demand(row.says("Anna Åström"), "the list does not name the agent")
    began = datetime.fromtimestamp(said.outcome["answered_at"], UTC).astimezone(ZONE)
    text = visitor.get(f"/calls/{said.call}/").text
    near = (f"{began.hour:02}.{began.minute:02}.{second:02}" for second in seconds_near(began))
    demand(any(time in text for time in near), "the call's page does not show when it began")


def seconds_near(moment: datetime) -> list[int]:
    return [second for second in range(moment.second - 1, moment.second + 2) if 0 <= second < 60]


def list_row(visitor: Visitor, said: Said) -> Row:
    for row in visitor.page("/calls/").rows:
        if row.call == said.call:
            return row
    raise Fault(f"the list does not show the call on {said.line}")


def numbers_masked(world: World) -> str:
    """No file under the data folder, its logs among them, holds a customer's whole number."""
    numbers = [said.customer for said in (*world.recorded, world.unlisted)]
    found = disk.find_numbers(world.data, numbers)
    demand(not found, f"a whole number stands in {', '.join(str(path) for path in found)}")
    visitor = world.visitor(world.owner)
    spellings = [text for number in numbers for text in disk.spelled(number)]
    for path in ("/calls/", f"/calls/{world.plain.call}/"):
        shown = visitor.get(path).body
        demand(not disk.holds_number(shown, spellings), f"{path} shows a whole number")
    files = sum(1 for _ in disk.files(world.data))
    return f"{len(numbers)} numbers in {files} files and 2 pages"


def lanes_right(world: World) -> str:
    """What each lane plays is what that side said, and not what the other said."""
    return check_lanes(world, world.plain)


def check_lanes(world: World, spoken: Said) -> str:
    heard = listen(world, world.owner, spoken)
    demand(heard.lanes.shape[0] == 2, "the recording has not two lanes")
    agent = sound.read_file(spoken.agent_wave)
    customer = sound.read_file(spoken.customer_wave)
    best = [
        sound.likeness(said, lane)
        for said, lane in zip((agent, customer), heard.lanes, strict=True)
    ]
    crossed = [sound.likeness(customer, heard.lanes[0]), sound.likeness(agent, heard.lanes[1])]
    demand(min(best) >= LIKE, f"a lane is not what was said: likeness {min(best):.3f}")
    demand(max(crossed) < UNLIKE, f"a lane holds the other side: likeness {max(crossed):.3f}")
    lasted = heard.lanes.shape[1] / heard.rate
    demand(abs(lasted - spoken.seconds) < 1.5, f"the sound lasts {lasted:.1f} seconds")
    return f"likeness {best[0]:.3f} and {best[1]:.3f}"


def listen(world: World, login: str, said: Said, **fields: str) -> sound.Heard:
    """Opens the recording as this person, and fetches all of its sound. Raises Fault."""
    visitor = world.visitor(login)
    answer = press_listen(visitor, said, **fields)
    demand(answer.status == 200, f"listening answered {answer.status}")
    demand(bool(answer.sounds), "the page has no sound")
    return sound.read_wave(visitor.fetch(answer.sounds[0]))


def press_listen(visitor: Visitor, said: Said, **fields: str) -> Answer:
    page = visitor.page(f"/calls/{said.call}/")
    return visitor.submit(page.form(f"/calls/{said.call}/listen"), **fields)


def nothing_readable(world: World) -> str:
    """No file holds a stretch of what was said, in any coding, and sealed objects do not pack."""
    stretches = [
        stretch
        for said in world.recorded
        for wave in (said.agent_wave, said.customer_wave)
        for stretch in sound.codings(wave)
    ]
    found = disk.find_stretches(world.data, stretches)
    demand(not found, f"readable sound stands in {', '.join(str(path) for path in found)}")
    sealed = list(world.data.glob("store/??/*"))
    demand(len(sealed) >= len(world.recorded), "there are fewer sealed objects than calls")
    for path in sealed:
        share = disk.packs(path.read_bytes())
        demand(share >= SEALED, f"{path.name} packs to {share:.2f} of its size: it is not sealed")
    return f"{len(stretches)} stretches in no file; {len(sealed)} objects sealed"


def plain_id(value: object) -> str:
    return str(value).replace("-", "")


def instant(value: object) -> float:
    """Seconds since 1970 of an instant as the database gives it, which is in UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
