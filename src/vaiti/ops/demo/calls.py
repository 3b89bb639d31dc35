"""The calls of the demo: both directions, three languages, one transferred, one with a hold."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from vaiti.ops.demo.bank import HELP_LINE
from vaiti.ops.demo.people import SALES_LINE, SERVICE_LINE, SWITCHBOARD
from vaiti.ops.phone.dial import place
from vaiti.ops.phone.plan import CallPlan, Outcome, PhoneError
from vaiti.ops.phone.sound import alaw
from vaiti.ops.voices.dialogue import dialogue


@dataclass(frozen=True, slots=True)
class DemoCall:
    """A call in its language, with the voices of agent and customer."""

    plan: CallPlan
    language: str
    voices: tuple[str, str]


def demo_calls(host: str, port: int) -> list[DemoCall]:
    """The demo's calls to the recorder at this address; the last one's line is not recorded."""
    service, sales = SERVICE_LINE, SALES_LINE
    anna, leila, sofia, oskar = "anna.astrom", "leila.virtanen", "sofia.holm", "oskar.lind"
    lauri = "lauri.saari"
    plans: list[tuple[CallPlan, str, tuple[str, str]]] = [
        (CallPlan(host, port, "+358401234567", service, anna), "sv", ("alto", "tenor")),
        (
            CallPlan(host, port, "+358505550142", service, anna, "out", seconds=12),
            "sv",
            ("alto", "bass"),
        ),
        (
            CallPlan(host, port, "+358457001928", service, leila, seconds=20, hold=(7, 11)),
            "fi",
            ("soprano", "tenor"),
        ),
        (
            CallPlan(host, port, "+46701740605", service, sofia, seconds=22, transfer=(10, leila)),
            "sv",
            ("alto", "soprano"),
        ),
        (
            CallPlan(host, port, "+358443219876", sales, oskar, "out", "tcp", seconds=16),
            "en",
            ("tenor", "alto"),
        ),
        (CallPlan(host, port, "anonymous", service, lauri, seconds=9), "fi", ("tenor", "bass")),
        (CallPlan(host, port, "+358401112233", SWITCHBOARD, sofia), "sv", ("alto", "tenor")),
    ]
    return [DemoCall(*each) for each in plans]


def bank_calls(host: str, port: int) -> list[DemoCall]:
    """Those of the bank's help desk."""
    plans = (
        CallPlan(host, port, "+358405550177", HELP_LINE, "frida.sjo", seconds=10),
        CallPlan(host, port, "+46701740606", HELP_LINE, "petra.lund", "out", seconds=8),
    )
    return [DemoCall(one, "sv", ("alto", "tenor")) for one in plans]


def place_all(calls: Sequence[DemoCall]) -> list[Outcome | PhoneError]:
    """Places the calls at the same time, in real time; answers what came of each."""

    async def one(number: int, call: DemoCall) -> Outcome | PhoneError:
        spoken = dialogue(
            number,
            call.plan.seconds,
            call.language,
            agent=call.voices[0],
            customer=call.voices[1],
            transfer_at=call.plan.transfer[0] if call.plan.transfer else None,
        )
        try:
            return await place(call.plan, alaw(spoken.agent), alaw(spoken.customer))
        except PhoneError as error:
            return error

    async def everything() -> list[Outcome | PhoneError]:
        return await asyncio.gather(*(one(*numbered) for numbered in enumerate(calls)))

    return asyncio.run(everything())
