"""What the key process asks before it gives a key: whether the grant's audit entry stands."""

from collections.abc import Callable

from vaiti.access.witnessing import fault
from vaiti.audit.presence import Entries, LogUnreadable
from vaiti.vault.grant import Grant, GrantRefused
from vaiti.vault.spent import AskAgain


def witness_of(entries: Entries) -> Callable[[Grant], None]:
    def witness(grant: Grant) -> None:
        try:
            found = entries.entry(grant.leaf)
        except LogUnreadable as error:
            raise AskAgain(f"{error}, so no audit entry can be found; try again") from error
        if said := fault(grant, found):
            raise GrantRefused(said)

    return witness
