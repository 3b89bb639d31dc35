"""The last digits of customers' numbers, as patterns of what must not be passed on. Pure."""

from vaiti.values.masked import MASK, MaskedNumber

TELLING = 6  # last digits of a number that tell whose it is


def end_of(number: str) -> str:
    return number.removeprefix("+")[-TELLING:]


def any_end(customer: MaskedNumber) -> tuple[str, ...]:
    """Of a number that is masked already: its last three digits may be any."""
    if not customer.text.endswith(MASK):
        return ()
    stem = customer.text.removesuffix(MASK).removeprefix("+")
    return (stem[3 - TELLING :] + r"\d{3}",)
