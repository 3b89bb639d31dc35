"""What the settings file says of test calls of our own: docs/completeness.md."""

from dataclasses import dataclass
from ipaddress import ip_address

from vaiti.register.canary_names import PEER

__all__ = ["PEER", "CanaryRules", "canary_fault"]


@dataclass(frozen=True)
class CanaryRules:
    """Each recorded line gets a test call of `seconds` each `minutes`; 0: none.

    It comes from `address`, which must be one of this machine's and of no other sender.
    """

    minutes: int = 60
    seconds: int = 4
    address: str = "127.0.0.77"


def canary_fault(rules: CanaryRules) -> str | None:
    """A sentence that says what to change, or None."""
    if rules.minutes != 0 and not 5 <= rules.minutes <= 24 * 60:
        return "minutes is from 5 to 1440, or 0 for no test calls; usual is 60"
    if not 2 <= rules.seconds <= 30:
        return "seconds is from 2 to 30; usual is 4"
    try:
        ip_address(rules.address)
    except ValueError:
        return "address is an IP address of this machine, such as 127.0.0.77"
    return None
