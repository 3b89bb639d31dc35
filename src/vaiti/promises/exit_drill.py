"""What somebody could hear who kept all that a processor has when we leave it (Article 28(3)(g)).

The store is read as its owner reads it, without our keys: each object has to be noise.
"""

from dataclasses import dataclass
from itertools import islice

from vaiti.promises.checks.security import looks_sealed
from vaiti.vault.store import Store, StoreError

MOST = 500
BEGINS = 4096  # bytes of an object


@dataclass(frozen=True, slots=True)
class Drilled:
    """`wrong` of the objects could be read by anybody who has them."""

    looked_at: int
    wrong: int


def drill(store: Store, most: int = MOST) -> Drilled:
    """Raises StoreError where the store does not answer."""
    looked = wrong = 0
    for name in islice(store.names(), most):
        try:
            begins = store.get(name, 0, min(BEGINS, store.size(name)))
        except StoreError:
            if store.absent(name):  # destroyed in this moment
                continue
            raise
        looked += 1
        wrong += not looks_sealed(begins)
    return Drilled(looked, wrong)
