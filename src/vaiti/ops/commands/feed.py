"""`vaiti feed`: who sat at which device: a table read in, asked; what other systems call people."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.commands.person import BY, id_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from vaiti.register.agent_feed import Looked

MAX_BYTES = 32 << 20
SHOWN = 20  # faults


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti feed", description="Who sat at which device.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    importing = verbs.add_parser("import", help="enter logins, logouts and stays")
    importing.add_argument(
        "file", type=Path, help="CSV, UTF-8; its columns are described in docs/agent-feed.md"
    )
    importing.add_argument(
        "--look", action="store_true", help="say what would be entered, and enter nothing"
    )
    asking = verbs.add_parser("who", help="who was at a device at an instant")
    asking.add_argument("device", help="number, extension, address or label")
    asking.add_argument("at", type=datetime.fromisoformat, help="such as 2026-11-27T08:00")
    naming = verbs.add_parser("name", help="say what a telephone or staff system calls a person")
    ending = verbs.add_parser("unname", help="the person is called so no more")
    for verb in (naming, ending):
        verb.add_argument("--login", required=True, help="whose")
        verb.add_argument("--id", required=True, help="what they are called there")
    for verb in (importing, asking, naming, ending):
        add_data(verb)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.people import feed
    from vaiti.people.errors import EnrolmentError
    from vaiti.people.feed_document import FeedFault

    now = clock_of(settings)()
    try:
        if given.verb == "import":
            return bring(settings, given, now)
        if given.verb == "who":
            print(who(settings, given.device, given.at, now))
        elif given.verb == "name":
            feed.name_agent(id_of(given.login, now), given.id, by=BY, now=now)
        else:
            feed.unname_agent(id_of(given.login, now), given.id, by=BY, now=now)
    except (EnrolmentError, FeedFault, LookupError, OSError, UnicodeDecodeError) as error:
        print(f"vaiti feed: {sentence(error)}", file=sys.stderr)
        return 1
    return 0


def sentence(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the file is not UTF-8; save it as CSV UTF-8"
    if isinstance(error, OSError):
        return f"the file cannot be read: {error.strerror}"
    return str(error)


def bring(settings: Settings, given: argparse.Namespace, now: datetime) -> int:
    from vaiti.register import agent_feed

    looked = agent_feed.look_at_csv(read(given.file), now)
    if looked.faults:
        tell_faults(looked)
        return 1
    if given.look:
        print(f"{len(looked.named)} rows can be entered; nothing was entered.")
        return 0
    done = agent_feed.take(looked.named, settings.agent_feed, by=BY, now=now)
    print(
        f"{done.added} entered, {done.known} known already, {done.corrected} corrected; "
        f"{done.legs} parts of calls have another agent than before."
    )
    return 0


def read(path: Path) -> str:
    with path.open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise LookupError(f"the file is larger than {MAX_BYTES >> 20} MiB; import it in parts")
    return text.decode("utf-8-sig")


def tell_faults(looked: "Looked") -> None:
    for fault in looked.faults[:SHOWN]:
        print(f"row {fault.row}: {fault.sentence}", file=sys.stderr)
    more = len(looked.faults) - SHOWN
    if more > 0:
        print(f"and {more} more rows", file=sys.stderr)
    good = len(looked.named)
    print(f"nothing was entered; {good} other rows are right", file=sys.stderr)


def who(settings: Settings, device: str, at: datetime, now: datetime) -> str:
    from vaiti.people import book
    from vaiti.people.feed_document import device_of
    from vaiti.register import agent_feed

    at = at if at.tzinfo else at.replace(tzinfo=agent_feed.zone(now))
    found = agent_feed.seated(device_of(device), at, settings.agent_feed)
    if not found.told:
        return "the feed says nothing of this device then"
    if found.person is None:
        return "nobody, or it cannot be said who"
    return book.names([found.person])[found.person]
