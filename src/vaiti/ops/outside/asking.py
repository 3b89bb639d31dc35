"""Checks that requests become cases from their arrival: a letter, and a mail among others."""

import calendar
import os
import re
from datetime import date, datetime, timedelta

from vaiti.ops.outside import incident
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import ZONE
from vaiti.ops.outside.world import World, wait_for

HANDLER = "rights_handler"
LATEST = 60.0
"""Seconds until a mail is a case: the demo reads its mailbox each five."""
NUMBER, ENDING = "040 765 4321", "4321"
HEAD = "From: {sender}\nTo: info@vaiti.example\nMessage-ID: <{id}@example.fi>\nSubject: {subject}\n"
TYPE = "Content-Type: text/plain; charset=utf-8\n\n"
SENDER = '"Maija Meri" <maija.meri@example.fi>'


def unsigned_letter(world: World) -> str:
    """It counts from the day on which the post brought it, and nobody asks for a signature."""
    visitor = world.inside(incident.login_of(world, HANDLER))
    form = visitor.page("/cases/new?channel=letter").form("/cases/new")
    day = today(world) - timedelta(days=9)
    given = {"asked": "copy", "signature": "absent", "number": NUMBER, "withheld": ""}
    answer = visitor.submit(form, arrived=written(day), language="sv", **given)
    demand(answer.status == 201, f"registering a letter answered {answer.status}")
    demand(written(month_after(day)) in answer.words, "the receipt has not the day that is due")
    demand("Ditt ärende" in answer.text or "Din begäran" in answer.text, "no receipt in Swedish")
    told = re.sub("[0-9a-f]{32}", "", answer.text)  # ids, in which any four digits may stand
    demand(ENDING not in told.replace(" ", ""), "the receipt shows the whole number")
    check_letter(world, day)
    return f"came {day}, due {month_after(day)}"


def check_letter(world: World, day: date) -> None:
    """The one case that there is: its number, that nobody signed, and from when it counts."""
    found = world.rows("SELECT customer, signature, arrived_on FROM rights_case")
    demand(len(found) == 1, f"{len(found)} cases, not one")
    customer, signature, arrived = found[0]
    demand((customer, signature) == ("+358407654***", "absent"), "the case is kept otherwise")
    demand(str(arrived) == day.isoformat(), f"it counts from {arrived}")


def mail_among_others(world: World) -> str:
    """Of three mails one is a request; it is a case of its day, the others lie as they were."""
    at = world.now() - 2 * 86_400
    wanted = HEAD.format(sender=SENDER, id="r1", subject="Pyynto 0407654321") + TYPE
    wanted += f"haluan puhelutallenteeni, {NUMBER}\n"
    ordinary = HEAD.format(sender=SENDER, id="r2", subject="Paketti") + TYPE + "Missä se on?\n"
    away = "Auto-Submitted: auto-replied\n" + wanted.replace("<r1@", "<r3@")
    for name, text in (("1.a", wanted), ("2.b", ordinary), ("3.c", away)):
        deliver(world, name, text, at)
    took = wait_for("the mail is not a case", lambda: by_mail(world) != [], LATEST)
    wait_for("the other mails were not looked at", lambda: looked_at(world) == 3, LATEST)
    box = world.data / "mailbox" / "new"
    wait_for("the case's mail lies there still", lambda: not (box / "1.a").exists(), LATEST)
    day = datetime.fromtimestamp(at, ZONE).date()
    check_mail(world, day, {"2.b": ordinary, "3.c": away})
    return f"a case of {day} within {took:.1f} s, the others untouched"


def check_mail(world: World, day: date, others: dict[str, str]) -> None:
    """One case of the mail's day, its text without the number; the `others` lie as they were."""
    cases = by_mail(world)
    demand(len(cases) == 1, f"{len(cases)} cases by mail, not one")
    arrived, contact = cases[0]
    demand(str(arrived) == day.isoformat(), f"the mail of {day} counts from {arrived}")
    demand(contact == "maija.meri@example.fi", "nobody knows where to answer")
    ((subject, text),) = world.rows("SELECT subject, text FROM rights_mail")
    kept = f"{subject} {text}".replace(" ", "")
    demand(ENDING not in kept and "haluan" in text, "the mail is kept otherwise")
    left = {path.name: path.read_text() for path in (world.data / "mailbox" / "new").iterdir()}
    demand(left == others, "the mailbox is not as it was")


def deliver(world: World, name: str, text: str, at: float) -> None:
    """As a mail server does: written aside, then named."""
    aside = world.data / "mailbox" / "tmp" / name
    aside.write_text(text)
    os.utime(aside, (at, at))
    aside.rename(world.data / "mailbox" / "new" / name)


def by_mail(world: World) -> list[tuple[date, str]]:
    statement = "SELECT arrived_on, contact FROM rights_case WHERE channel = 'email'"
    return [(day, contact) for day, contact in world.rows(statement)]


def looked_at(world: World) -> int:
    ((count,),) = world.rows("SELECT count(*) FROM rights_mailseen")
    return int(count)


def today(world: World) -> date:
    return datetime.fromtimestamp(world.now(), ZONE).date()


def month_after(day: date) -> date:
    """The same number a month later, or that month's last."""
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def written(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
