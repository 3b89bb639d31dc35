"""Which of the phone system's calls is which of ours. Pure.

Each call is a line, a start and an end. Two may be the same call when they are on one line and
start and length agree within a tolerance, after the phone system's clock has been set right. Of
all ways to pair them one with one, as many as possible are paired, the nearest first.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

SECOND = 1_000_000
HOUR_US = 3600 * SECOND
MOST_HOURS = 14  # the zones furthest from UTC
ENOUGH = 10  # calls from which on a shift of whole hours is believed
FEWEST = 3  # pairs that agree on an offset before it is believed


@dataclass(frozen=True, slots=True)
class Stretch:
    """One call. Instants in microseconds since the epoch, UTC.

    `other_us` is the start in the other reading of an hour that the clock change repeats.
    """

    line: str
    start_us: int
    end_us: int
    other_us: int | None = None

    @property
    def starts(self) -> tuple[int, ...]:
        return (self.start_us,) if self.other_us is None else (self.start_us, self.other_us)

    @property
    def length_us(self) -> int:
        return self.end_us - self.start_us


@dataclass(frozen=True, slots=True)
class Rules:
    """Tolerances in seconds; `offset_s`: how far off the phone system's clock may be at most."""

    start_s: float = 10.0
    length_s: float = 15.0
    offset_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Matched:
    """`pairs` are places in both lists; `offset_us`: how far their clock is behind ours."""

    pairs: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    unwanted: tuple[int, ...]
    offset_us: int


def match(told: Sequence[Stretch], kept: Sequence[Stretch], rules: Rules) -> Matched:
    """Pairs the phone system's calls with ours. Both lists in any order."""
    offset = offset_us(told, kept, rules)
    options = {
        i: sorted((cost, j) for j, cost in candidates)
        for i, candidates in _candidates(told, kept, rules, offset).items()
    }
    owner = _paired(options)
    pairs = tuple(sorted((i, j) for j, i in owner.items()))
    found = {i for i, _ in pairs}
    return Matched(
        pairs,
        tuple(i for i in range(len(told)) if i not in found),
        tuple(j for j in range(len(kept)) if j not in owner),
        offset,
    )


def fitting(
    told: Sequence[Stretch], kept: Sequence[Stretch], rules: Rules
) -> list[tuple[int, ...]]:
    """For each of their calls, its clock taken for right, the places of ours that may be it."""
    found = _candidates(told, kept, rules, 0)
    return [tuple(j for j, _cost in found.get(i, ())) for i in range(len(told))]


def hours_off(told: Sequence[Stretch], kept: Sequence[Stretch], rules: Rules) -> int:
    """By how many hours their instants must be moved so that most of them are ours: a zone that was
    taken for another. 0 where no hour makes most of them agree, or none is needed.

    `kept` reaches MOST_HOURS further than `told` on both sides.
    """
    if len(told) < ENOUGH:
        return 0
    near = replace(rules, offset_s=0)
    agreeing = {
        hours: len(match([_moved(each, hours) for each in told], kept, near).pairs)
        for hours in range(-MOST_HOURS, MOST_HOURS + 1)
    }
    best = max(agreeing, key=lambda hours: (agreeing[hours], -abs(hours)))
    most = agreeing[best] * 10 >= len(told) * 8
    return best if most and agreeing[best] >= 2 * agreeing[0] else 0


def _moved(each: Stretch, hours: int) -> Stretch:
    by = hours * HOUR_US
    other = None if each.other_us is None else each.other_us + by
    return Stretch(each.line, each.start_us + by, each.end_us + by, other)


def offset_us(told: Sequence[Stretch], kept: Sequence[Stretch], rules: Rules) -> int:
    """What is to be added to their instants: where most differences of start lie close together.

    None, when too few calls agree, or as many agree that there is none.
    """
    differences = sorted(_differences(told, kept, rules))
    window = round(rules.start_s * SECOND)
    best, support = 0, 0
    for first, low in enumerate(differences):
        last = bisect_right(differences, low + window)
        if last - first > support:
            best, support = first, last - first
    around_zero = bisect_right(differences, window // 2) - bisect_left(differences, -window // 2)
    if support < max(FEWEST, min(len(told), len(kept)) // 2) or support <= around_zero:
        best = bisect_left(differences, -window // 2)
        support = around_zero if around_zero >= FEWEST else 0
    return median_low(differences[best : best + support]) if support else 0


def _differences(told: Sequence[Stretch], kept: Sequence[Stretch], rules: Rules) -> Iterator[int]:
    widest = round(rules.offset_s * SECOND)
    for i, j, start in _near(told, kept, widest, 0):
        if abs(told[i].length_us - kept[j].length_us) <= rules.length_s * SECOND:
            yield kept[j].start_us - start


def _candidates(
    told: Sequence[Stretch], kept: Sequence[Stretch], rules: Rules, offset: int
) -> Mapping[int, list[tuple[int, int]]]:
    """For each of their calls, ours that may be it, and how far apart the two are."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for i, j, start in _near(told, kept, round(rules.start_s * SECOND), offset):
        longer = abs(told[i].length_us - kept[j].length_us)
        if longer <= rules.length_s * SECOND:
            found[i].append((j, abs(kept[j].start_us - start - offset) + longer))
    return found


def _near(
    told: Sequence[Stretch], kept: Sequence[Stretch], within: int, offset: int
) -> Iterator[tuple[int, int, int]]:
    """Pairs on one line whose starts lie `within` of each other, and by which reading."""
    by_line: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for j, each in enumerate(kept):
        by_line[each.line].append((each.start_us, j))
    for starts in by_line.values():
        starts.sort()
    for i, each in enumerate(told):
        ours = by_line.get(each.line, [])
        for start in each.starts:
            first = bisect_left(ours, (start + offset - within, -1))
            last = bisect_right(ours, (start + offset + within, len(kept)))
            yield from ((i, j, start) for _, j in ours[first:last])


def _paired(options: Mapping[int, Sequence[tuple[int, int]]]) -> dict[int, int]:
    """Ours to theirs: the nearest first, then as many more as rearranging them allows."""
    edges = sorted((cost, i, j) for i, each in options.items() for cost, j in each)
    owner: dict[int, int] = {}
    placed: set[int] = set()
    for _, i, j in edges:
        if i not in placed and j not in owner:
            owner[j] = i
            placed.add(i)
    for i in sorted(set(options) - placed):
        _rearrange(i, options, owner)
    return owner


def _rearrange(
    wanting: int, options: Mapping[int, Sequence[tuple[int, int]]], owner: dict[int, int]
) -> None:
    """Finds the shortest chain of moves that gives `wanting` a place, and makes them."""
    came: dict[int, int] = {}  # ours, and whose move would take it
    waiting = deque([wanting])
    while waiting:
        mover = waiting.popleft()
        for _, j in options[mover]:
            if j in came:
                continue
            came[j] = mover
            if j not in owner:
                _move(j, wanting, came, owner)
                return
            waiting.append(owner[j])


def _move(free: int, wanting: int, came: Mapping[int, int], owner: dict[int, int]) -> None:
    place, mover = free, came[free]
    while mover != wanting:
        left = next(j for j, i in owner.items() if i == mover)
        owner[place] = mover
        place, mover = left, came[left]
    owner[place] = wanting
