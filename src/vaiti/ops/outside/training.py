"""Checks that training is asked for at every request: who loses it while listening is stopped."""

import calendar
import json
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall

from vaiti.ops.outside.access import PURPOSE, REFERENCE
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.recording import ZONE, press_listen
from vaiti.ops.outside.world import World

LOGIN, TEAM = "saara.lehto", "Customer service 1"
SECTIONS = ("use_of_system", "secrets_and_customer_data")
EARLY = 60.0
"""Seconds before the end at which there must still be sound."""


def expiry_stops_the_sound(world: World) -> str:
    """A manager's training ends while a call plays: the sound stops, and the pages say why."""
    end = world.training_ends or enter_manager(world)
    world.move_clock(end - EARLY - time.time())
    visitor = world.visitor(LOGIN)
    opened = press_listen(visitor, world.plain, purpose=PURPOSE, reference=REFERENCE)
    demand(opened.status == 200, f"a trained manager's listening answered {opened.status}")
    sounds = sorted((one for one in Page(opened.text).addresses if "/audio/" in one), key=len)
    demand(bool(sounds), "the page has no sound")
    before = visitor.get(sounds[0], Range="bytes=0-99").status
    demand(before == 206, f"a minute before the end the sound answered {before}")
    world.move_clock(end + 1 - time.time())
    after = visitor.get(sounds[0], Range="bytes=100-199").status
    demand(after == 404, f"after the training's end the sound answered {after}")
    state = visitor.get(sounds[0].replace("/audio/", "/status/").partition("?")[0])
    demand(json.loads(state.text)["alive"] is False, "the player is told to go on")
    page = visitor.get("/calls/")
    demand(page.status == 403, f"the list answers somebody untrained with {page.status}")
    leads = "/training/" in Page(page.text.partition("<main")[2]).addresses
    demand(leads, "the page does not lead to the course")
    return f"206, and 404 from {datetime.fromtimestamp(end, ZONE):%d.%m.%Y %H:%M} on"


def enter_manager(world: World) -> float:
    """A manager whose evidence is nearly a year old; the instant at which it ends, worked out."""
    today = datetime.now(ZONE).date()
    passed = years_before(today + timedelta(days=1))
    secret, evidence = world.workshop / "password", world.workshop / "training.csv"
    signed = world.workshop / "undertaking.csv"
    secret.write_text(world.password + "\n")
    rows = [f"{LOGIN},introduction,{section},{passed},check" for section in SECTIONS]
    evidence.write_text("\n".join(["login,course,section,passed on,source", *rows]))
    ((version,),) = world.rows("SELECT version FROM people_undertakingversion")
    signed.write_text(f"login,version,signed on,source\n{LOGIN},{version},{passed},check\n")
    data = ("--data", str(world.data))
    named = ("--login", LOGIN, "--name", "Saara Lehto", "--role", "manager", "--leads", TEAM)
    world.vaiti("person", "add", *named, "--password-file", str(secret), *data)
    world.vaiti("course", "import", str(evidence), *data)
    world.vaiti("undertaking", "import", str(signed), *data)
    last = passed.replace(year=passed.year + 1)
    midnight = datetime.combine(last + timedelta(days=1), wall.min, ZONE)
    world.training_ends = midnight.astimezone(UTC).timestamp()
    return world.training_ends


def years_before(day: date) -> date:
    """The same day a year before; a 29th of February becomes the 28th."""
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))
