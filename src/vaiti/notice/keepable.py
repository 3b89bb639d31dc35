"""What this software does whatever a notice says, so that no other one is taken. Pure."""

from collections.abc import Iterator

from vaiti.notice.wording import FIELDS, Wording

MASKED = 3
SIGN = ("dpo", "administrator")
"""As what people sign the next version."""


def unkept(wording: Wording) -> Iterator[str]:
    """A sentence for each promise that could not be kept, with the words that promise it."""
    promised = wording.promised
    if promised.mask != MASKED:
        yield (
            f"mask: this software hides the last {MASKED} digits and no other number of them; "
            f"write {MASKED}, or {wording.saying('mask').quoted()} would be untrue"
        )
    if missing := [one for one in SIGN if one not in promised.roles]:
        yield (
            f"roles: without {' and '.join(missing)} nobody could sign the next version; name it "
            f"in roles and in {wording.saying('roles').quoted()}"
        )
    if missing := [one for one in FIELDS if one not in promised.fields]:
        yield (
            f"fields: this software keeps {', '.join(missing)} too; name it, or "
            f"{wording.saying('fields').quoted()} would be untrue"
        )
