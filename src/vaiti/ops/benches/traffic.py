"""The benchmark's callers: whole calls with speech at given times, in a process of its own.

Reads one JSON object from standard input: `host`, `port`, `line`, and `calls`, each with `at_s`
(from the beginning), `seconds` of speech, `customer` and `device`. Prints a line for each call when
its BYE is answered: its `number` in the list, the `status` of its answer and of its `bye`, the
`packets` sent, and `ended`, by the machine's monotonic clock.
"""

import asyncio
import json
import sys
import time
from typing import Any

from vaiti.ops.phone.dial import place
from vaiti.ops.phone.plan import CallPlan, PhoneError

RATE = 8_000


async def run(order: dict[str, Any]) -> None:
    began, sound = time.monotonic(), bytes(range(128, 256)) * RATE

    async def one(number: int, told: dict[str, Any]) -> None:
        plan = CallPlan(
            *(order["host"], order["port"], told["customer"], order["line"], told["device"]),
            seconds=told["seconds"],
        )
        await asyncio.sleep(began + told["at_s"] - time.monotonic())
        speech = sound[: round(told["seconds"] * RATE)]
        try:
            done = await place(plan, speech, speech)
        except PhoneError:
            print(json.dumps({"number": number, "status": 0}), flush=True)
            return
        heard = {"status": done.status, "bye": done.bye_status, "packets": sum(done.packets)}
        print(json.dumps({"number": number, **heard, "ended": time.monotonic()}), flush=True)

    await asyncio.gather(*(one(number, told) for number, told in enumerate(order["calls"])))


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))
