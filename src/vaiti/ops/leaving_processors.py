"""What a processor has of ours, place by place, for the drill of leaving it."""

from dataclasses import dataclass
from datetime import datetime

from vaiti.ops.backup.places import keys_place, recordings_place, register_place
from vaiti.ops.residency import needed
from vaiti.ops.sections.places import MACHINE
from vaiti.ops.sections.store import FOLDER
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.stores import open_former_store, open_store
from vaiti.promises.exit_drill import drill
from vaiti.vault.store import Store

NOT_SEALED = (
    "what lies here is not sealed from who runs it, so there is nothing to try: ask for a proof of "
    "deletion or return (Article 28(3)(g)), and put it on record with vaiti paper instruct"
)


@dataclass(frozen=True, slots=True)
class Left:
    """What stays at one place; `sealed` says whether there was anything to try."""

    role: str
    sealed: bool
    looked_at: int = 0
    wrong: int = 0


def leave(settings: Settings, processor: str, now: datetime) -> list[Left]:
    """Tries each place of the processor and notes it. Raises WeakSettings, StoreError."""
    from vaiti.promises.papers.processors import note_drill

    found = [_left(settings, role) for role in roles_of(settings, processor)]
    for one in found:
        if one.sealed:
            told = {"looked_at": one.looked_at, "wrong": one.wrong}
            note_drill(processor, one.role, **told, by=None, now=now)
    return found


def _left(settings: Settings, role: str) -> Left:
    tried = [drill(store) for store in stores_at(settings, role)]
    looked, wrong = sum(one.looked_at for one in tried), sum(one.wrong for one in tried)
    return Left(role, bool(tried), looked, wrong)


def roles_of(settings: Settings, processor: str) -> list[str]:
    """The places in use that name it as their provider. Raises WeakSettings where none does."""
    used = {one.role for one in needed(settings)}
    found = [one.role for one in settings.places if one.provider == processor and one.role in used]
    if not found:
        raise WeakSettings(f"no [[place]] in use names {processor} as its provider")
    return found


def stores_at(settings: Settings, role: str) -> list[Store]:
    """Where sealed objects lie in this place; none where what is there is of another kind."""
    if role == "store" or (role == MACHINE and settings.store.kind == FOLDER):
        return [open_store(settings)]
    if role == "former_store":
        return [open_former_store(settings)]
    if role == "backup":
        return [register_place(settings), recordings_place(settings)]
    return [keys_place(settings)] if role == "key_backup" else []
