"""Checks a stretch of the stored log against the database: its entries, nodes and checkpoints.

Each stretch stands for itself, so that several processes can check a log side by side: what lies
left of it is taken from the stored nodes, each of which is held against the entries in its own
stretch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from vaiti.audit import rows
from vaiti.audit.checkpoint import NoteError, open_note
from vaiti.audit.stretch import Claim, Told, entry_hashes, first_gap, parts_of
from vaiti.audit.tree import Place, fold, levels, parts

WRONG_TREE = "the stored tree is not the one that the entries make"


class Task(NamedTuple):
    """Leaves from `start`, the beginning of a stretch, to before `end`; the entries before `first`
    are trusted as the stored tree has them. `kept`: roots that were claimed elsewhere, by size.
    """

    start: int
    first: int
    end: int
    public: bytes
    kept: Mapping[int, frozenset[bytes]]


@dataclass(slots=True)
class Checked:
    """`parts` are the complete subtrees that the stretch consists of; none if it is not `whole`."""

    told: Told = field(default_factory=Told)
    removed: int = 0
    parts: dict[Place, bytes] = field(default_factory=dict)
    origins: set[str] = field(default_factory=set)
    whole: bool = False


def check(task: Task) -> Checked:
    checked = Checked()
    told = checked.told
    entries = rows.placed(task.first, task.end)
    gap = first_gap(entries, task.first, task.end)
    hashes = rows.hashes(0, task.start, task.first) if task.first > task.start else []
    if gap is not None:
        told.problem(f"entry {gap} is missing, or not in its place")
    hashes += entry_hashes(entries, told)
    checked.removed = len(told.removed)
    excuse(told)
    checked.whole = gap is None and len(hashes) == task.end - task.start
    if not checked.whole:
        return checked
    grown = levels(hashes)
    if list(map(b"".join, grown)) != rows.level_by_level(task.start, task.end, len(grown) - 1):
        told.problem(WRONG_TREE)
    checked.parts = {
        (level, index): grown[level][index - (task.start >> level)]
        for level, index in parts(task.start, task.end)
    }
    _check_claims(task, grown, checked)
    return checked


def excuse(told: Told) -> None:
    """Contents that are gone need an entry that says so."""
    excused = rows.excused(told.removed)
    for leaf_id in told.removed:
        if leaf_id not in excused:
            told.problem(f"the content of entry {leaf_id} is gone and no entry says it was removed")
    told.removed.clear()


def _check_claims(task: Task, grown: list[list[bytes]], checked: Checked) -> None:
    """Every checkpoint that ends within the stretch, and the roots that were claimed elsewhere."""
    roots = {size: set(claimed) for size, claimed in task.kept.items()}
    for claim in rows.claims(max(task.start, task.first - 1), task.end):
        root = _stated(claim, task.public, checked)
        if root is not None:
            roots.setdefault(claim.size, set()).add(root)
    edge = _edge(task, roots)
    for size, claimed in sorted(roots.items()):
        mine = edge | parts_of(task.start, grown, size)
        if not all(place in mine for place in parts(0, size)):
            checked.told.problem(WRONG_TREE)
        elif claimed != {fold([mine[place] for place in parts(0, size)])}:
            checked.told.problem(f"the checkpoint of {size} entries has another root")


def _edge(task: Task, sizes: Sequence[int] | Mapping[int, object]) -> dict[Place, bytes]:
    """The stored parts of these trees that lie left of the stretch, or reach into it from there."""
    wanted = {place for size in sizes for place in parts(0, size)}
    left = [(level, index) for level, index in wanted if index << level < task.start]
    return rows.nodes(left)


def _stated(claim: Claim, public: bytes, checked: Checked) -> bytes | None:
    """The root that its note states, if the log's key signed it and the row agrees."""
    try:
        statement = open_note(claim.note, public)
    except NoteError as error:
        checked.told.problem(f"a checkpoint does not hold: {error}")
        return None
    checked.origins.add(statement.origin)
    if (statement.size, statement.root) != (claim.size, claim.root):
        checked.told.problem(f"the checkpoint row of {claim.size} entries holds another note")
        return None
    return statement.root
