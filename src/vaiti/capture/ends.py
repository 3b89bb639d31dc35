"""The last digits of customers' numbers, to be found in what must not be passed on. Pure.

No patterns of the library: it remembers them, and with them the digits, for longer than the call.
"""

from dataclasses import dataclass, field

from vaiti.values.masked import MASK, MaskedNumber

TELLING = 6  # last digits of a number that tell whose it is


@dataclass(frozen=True, slots=True)
class End:
    """Digits, and how many others behind them, whichever they are."""

    digits: str = field(repr=False)
    behind: int = 0

    def within(self, digits: str) -> bool:
        """Whether it can stand in them."""
        at = digits.find(self.digits)  # behind the first are the most
        return at >= 0 and at + len(self.digits) + self.behind <= len(digits)


def end_of(number: str) -> End:
    return End(number.removeprefix("+")[-TELLING:])


def any_end(customer: MaskedNumber) -> tuple[End, ...]:
    """Of a number that is masked already: its last three digits may be any."""
    if not customer.text.endswith(MASK):
        return ()
    stem = customer.text.removesuffix(MASK).removeprefix("+")
    return (End(stem[len(MASK) - TELLING :], len(MASK)),)
