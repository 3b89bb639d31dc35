"""`vaiti mailbox`: tries the mailbox for people's requests without taking anything out of it."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

MOST_SHOWN = 20


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti mailbox",
        description="Opens the mailbox of [mailbox], says how many mails lie there and what the "
        "next ones would be taken for. Nothing is taken in, marked or removed, and nothing of "
        "what they say is printed.",
        epilog="Exit status: 0 it can be read, 1 it cannot, 2 usage or settings.",
    )
    add_data(parser)
    given = parser.parse_args(arguments)
    return refusing_weakness(act, given.data)


def act(settings: Settings) -> int:
    if not settings.mailbox.given:
        print("vaiti mailbox: no mailbox is given; see docs/rights-mail.md", file=sys.stderr)
        return 2
    start_django(settings.folder)
    from vaiti.ops.mailbox.boxes import MailboxUnreadable

    try:
        print("\n".join(look(settings)))
    except MailboxUnreadable as error:
        told = f"it cannot be read ({error.code}): see host, user, password_file or folder"
        print(f"vaiti mailbox: {told}", file=sys.stderr)
        return 1
    return 0


def look(settings: Settings) -> list[str]:
    """Raises MailboxUnreadable."""
    from vaiti.ops.mailbox.desk import box_of, canary_rules, mail_rules
    from vaiti.rights.mail import arriving, canaries, looking, reading

    now, told = clock_of(settings)(), []
    rules = mail_rules(settings, None, ZoneInfo("UTC"))
    with box_of(settings).opened() as opened:
        told.append(f"{opened.size()} mails lie there")
        for place, found in enumerate(opened.new()):
            if place == MOST_SHOWN:
                told.append("and more")
                break
            mail = reading.read(found.raw, rules.servers)
            what = arriving.would_be(mail, rules).value
            told.append(f"new, of {found.delivered:%Y-%m-%d %H:%MZ}: {what}")
    for kind, count in sorted(looking.counts(now - timedelta(days=30)).items()):
        told.append(f"in 30 days: {count} {kind}")
    for one in canaries.newest(canary_rules(settings)):
        there = f"arrived {one.arrived_at:%Y-%m-%d %H:%MZ}" if one.arrived_at else "not arrived"
        told.append(f"test mail to {one.address} of {one.sent_at:%Y-%m-%d %H:%MZ}: {there}")
    return told
