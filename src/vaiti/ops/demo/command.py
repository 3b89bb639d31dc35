"""`vaiti demo`: makes a deployment, starts it, places calls, says who can sign in."""

import argparse
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from vaiti.ops.clocks import clock_of, machine_clock
from vaiti.ops.demo.bank import BANK
from vaiti.ops.demo.calls import DemoCall, bank_calls, demo_calls, place_all
from vaiti.ops.demo.making import make_demo
from vaiti.ops.demo.object_store import object_store, use_object_store
from vaiti.ops.demo.people import PASSWORD, POST, Organisation
from vaiti.ops.django_start import migrate
from vaiti.ops.environment import CannotInstall, home_of
from vaiti.ops.phone.plan import Outcome, PhoneError
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.running import address, run
from vaiti.ops.seaweed import NoServer
from vaiti.ops.settings import FILE, Settings, WeakSettings, load_settings
from vaiti.ops.supervisor import CannotStart, only_one

CHECKOUT = Path(__file__).resolve().parents[4]
WEB_PORT, SIP_PORT = 8840, 5860
ORGANISATIONS = {"post": POST, "bank": BANK}


def main(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    if given.check:
        from vaiti.ops.demo.check import check

        return check(given.database_url)
    try:
        folder = (given.data or home_of(CHECKOUT) / "demo").resolve()
        new = not (folder / FILE).exists()
        if new:
            print(f"Making the demo's data in {folder} …", flush=True)
            strict, now = given.second_factor, machine_clock()
            of = ORGANISATIONS[given.organisation]
            make_demo(
                folder,
                *ports(given),
                given.database_url,
                now,
                second_factor=strict,
                organisation=of,
            )
            if given.s3:
                use_object_store(folder)
        settings = load_settings(folder)
        if not settings.demo:
            raise WeakSettings(f"{folder} is no demo's; start it with: vaiti up --data {folder}")
        if given.calls:
            make_calls_up(settings, given.calls)
        with object_store(settings):
            print("Starting keys, worker, keeper, recorder and web …", flush=True)
            return run(settings, lambda: welcome(settings, calls=new and not given.no_calls))
    except (WeakSettings, CannotInstall, CannotStart, NoServer) as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return 2


def make_calls_up(settings: Settings, calls: int) -> None:
    """Fills the register with calls that never were."""
    migrate(settings.folder)
    from vaiti.ops.demo.filling.fill import fill
    from vaiti.ops.first.training import term_of

    with only_one(settings.run / "up.lock"):
        print(f"Making {calls:,} calls up; they have no sound …", flush=True)
        now = machine_clock()
        fill(calls, term_of(settings, now), now)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="vaiti demo", description=__doc__)
    made.add_argument("--data", type=Path, metavar="DIR", help="where its data is kept")
    made.add_argument(
        "--organisation",
        choices=tuple(ORGANISATIONS),
        default="post",
        help="whose a new demo is: a postal company's, or a bank's help desk (one month, consent)",
    )
    made.add_argument("--port", type=int, metavar="N", help="of the pages")
    made.add_argument("--sip-port", type=int, metavar="N", help="of the recorder")
    made.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite")
    made.add_argument(
        "--s3", action="store_true", help="a new demo keeps its recordings in an object store"
    )
    made.add_argument("--no-calls", action="store_true", help="place no calls at the first start")
    made.add_argument(
        "--calls", type=int, default=0, metavar="N", help="make up N calls without sound besides"
    )
    made.add_argument(
        "--second-factor", action="store_true", help="ask for it at once, as a real register does"
    )
    made.add_argument(
        "--check", action="store_true", help="headless, in a temporary folder: check it outside in"
    )
    return made


def ports(given: argparse.Namespace) -> tuple[int, int]:
    web = given.port or free_port(WEB_PORT, (socket.SOCK_STREAM,))
    sip = given.sip_port or free_port(SIP_PORT, (socket.SOCK_STREAM, socket.SOCK_DGRAM))
    return web, sip


def organisation_of(settings: Settings) -> Organisation:
    """Whose demo this folder is."""
    return BANK if settings.controller.name == BANK.name else POST


def welcome(settings: Settings, *, calls: bool) -> None:
    of = organisation_of(settings)
    print(f"\nVaiti is up at {address(settings)}\n\nAll sign in with the password: {PASSWORD}\n")
    for someone in (*of.everybody, of.administrator):
        group = someone.team or (f"leads {someone.leads}" if someone.leads else "")
        print(f"  {someone.login:16} {someone.role.replace('_', ' '):15} {group}")
    print(
        f"\n{HINTS if of is POST else BANK_HINTS}"
        f"{second_factor(settings)}\n"
        "In a demo the key process runs as your own user, who can read its files. On a server it\n"
        "is a service of its own user: docs/operating.md.\n",
        flush=True,
    )
    if calls:
        threading.Thread(target=tell_all, args=(settings,), daemon=True).start()


HINTS = """\
Sign in as anna.astrom: her calls and no others, each one click from its sound.
As mikko.makinen, who leads her: her calls too, but for a purpose and with a reference.
As lauri.saari, who is new: the course and the undertaking first, then his calls.
As rita.niemi, who handles what people ask for: today's work first.
As arvid.sund: the log, with every listening in it. Ctrl-C stops everything.
"""
BANK_HINTS = """\
Sign in as frida.sjo: her calls, and on each the customer's consent to training, given or not.
As jonas.ahl, who leads her: what has no consent is not heard for training.
As nina.strand: the promises of this notice, each held against the system. Ctrl-C stops everything.
"""


def second_factor(settings: Settings) -> str:
    where = "Here" if settings.sign_in.second_factor else "This is a demo: in a real register"
    of = organisation_of(settings)
    officer = next(one.login for one in of.everybody if one.role == "dpo")
    return (
        f"{where} {of.administrator.login} and {officer}, the administrator and the data\n"
        "protection officer, reach nothing before they have enrolled a second factor."
    )


def tell_all(settings: Settings) -> None:
    """Calls are placed, and people ask for their rights to them."""
    from django.db import connections

    from vaiti.ops.demo.cases import CaseDemo
    from vaiti.ops.key_client import working_client

    if organisation_of(settings) is not POST:
        tell_calls(settings)
        return
    desk = CaseDemo(working_client(settings), clock_of(settings))
    try:
        requests = desk.earlier()
        connections.close_all()
        tell_calls(settings)
        requests += desk.of_today()
        print(f"{requests} people asked for their rights: rita.niemi handles them.", flush=True)
    finally:
        connections.close_all()


def planned_calls(settings: Settings) -> list[DemoCall]:
    calls = demo_calls if organisation_of(settings) is POST else bank_calls
    return calls(settings.recorder.host, settings.recorder.port)


def tell_calls(settings: Settings) -> None:
    """Places the demo's calls, and says what came of them."""
    planned = planned_calls(settings)
    print(f"Placing {len(planned)} calls; the longest takes 22 seconds …", flush=True)
    outcomes = place_all(planned)
    for call, outcome in zip(planned, outcomes, strict=True):
        way = "from a customer to" if call.plan.direction == "in" else "to a customer from"
        print(f"  {way} {call.plan.agent}: {told(outcome)}")
    print("The calls are in the register now.", flush=True)


def told(outcome: Outcome | PhoneError) -> str:
    if isinstance(outcome, PhoneError):
        return f"failed: {outcome}"
    if outcome.status >= 300:
        return f"refused with {outcome.status}, as it must be: this line is not recorded"
    return f"recorded, {outcome.ended_at - outcome.answered_at:.0f} seconds"
