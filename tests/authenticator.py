"""A person's authenticator app, of whose codes none is another one's by chance.

Of six digits some are right at a time: a code that a test calls wrong, or used, would open once in
three hundred thousand times, and a test tries it several times.
"""

import base64

from cast import NOW
from vaiti.people import factors, totp

WRONG = ("000000", "123456", "654321", "987654", "246802", "135791")
NEAR = range(-2, 3)  # steps of which some count at a time
STEPS = range(NEAR.start, 250)
"""About the cast's instant, and for two hours after it."""


def secret_of(sealed: str) -> bytes:
    return base64.b32decode(factors.written(sealed))


def code_of(sealed: str, steps: int = 0) -> str:
    """The code that the app shows so many half minutes after the cast's instant."""
    return totp.code_at(secret_of(sealed), totp.step_of(NOW) + steps)


def new_secret() -> str:
    """As the house draws and seals it: drawn anew where one of `WRONG` or a code twice is in it."""
    while True:
        sealed = factors.new_secret()
        secret, first = secret_of(sealed), totp.step_of(NOW)
        shown = {totp.code_at(secret, first + steps) for steps in STEPS}
        if len(shown | set(WRONG)) == len(STEPS) + len(WRONG):
            return sealed


def wrong_code(secret: bytes) -> str:
    """One that is not right at the cast's instant, for a secret that the house has drawn."""
    right = {totp.code_at(secret, totp.step_of(NOW) + steps) for steps in NEAR}
    return next(code for code in WRONG if code not in right)
