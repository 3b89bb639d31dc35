"""Checks of a call over TLS whose voices are SRTP."""

import tomllib
from dataclasses import replace

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import calls_of, check_lanes, row_of
from vaiti.ops.outside.world import Said, World, place, wait_for

CUSTOMER = "+358405553333"


def call_over_tls(world: World) -> str:
    """It is recorded like any other; without a certificate that is listed there is none."""
    said = over_tls(world)
    stranger = over_tls(world, "recorder.demo")  # which no peer lists
    place(world, [stranger])
    check_stranger(stranger)
    place(world, [said])
    return check_call(world, said)


def over_tls(world: World, name: str = "phone.demo") -> Said:
    settings = tomllib.loads((world.data / "vaiti.toml").read_text())
    secrets = world.data / "secrets"
    return replace(
        world.plain,
        customer=CUSTOMER,
        transport="tls",
        port=int(settings["recorder"]["tls_port"]),
        extra=(
            *("--srtp", "--certificate", str(secrets / f"{name}.crt")),
            *("--key", str(secrets / f"{name}.key")),
            *("--authority", str(secrets / "authority.crt")),
        ),
        outcome={},
        call="",
    )


def check_stranger(said: Said) -> None:
    status = said.outcome.get("status")
    demand(status is None, f"a phone whose certificate is not listed was answered {status}")


def check_call(world: World, said: Said) -> str:
    status, bye = (said.outcome.get(name) for name in ("status", "bye_status"))
    demand(status == 200, f"the call over TLS was answered {status}")
    demand(bye == 200, f"its BYE was answered {bye}")
    wait_for("the call over TLS is not in the register", lambda: has_row(world))
    said.call = row_of(world, said)
    return check_lanes(world, said)


def has_row(world: World) -> bool:
    return any(row[3] == CUSTOMER[:-3] + "***" for row in calls_of(world))
