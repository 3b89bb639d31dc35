"""Counts over time as upright bars in an SVG. Pure.

A column is wide enough for a finger; the picture is stretched where there is room, and scrolled
where there is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

COLUMN, GAP = 26, 4  # units of the picture, pixels where it is not stretched
HEIGHT = 160
LEAST = 2.0  # one call is seen beside a thousand


@dataclass(frozen=True, slots=True)
class Counted:
    """One column: what it says, where it leads, and its counts; the parts stand at its foot."""

    label: str
    href: str
    whole: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    kind: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    """`title` is what the page tells of it; `x` is where its blocks begin, `left` its column."""

    title: str
    href: str
    left: int
    x: int
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Chart:
    width: int
    height: int
    column: int
    bar: int
    bars: list[Bar]
    most: int
    first: str
    last: str


def as_svg(chart: Chart) -> str:
    """The picture by itself, for paper: dark on a light ground."""
    blocks = "".join(
        f'<rect x="{bar.x}" y="{block.y}" width="{chart.bar}" height="{block.height}"/>'
        for bar in chart.bars
        for block in bar.blocks
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {chart.width} {chart.height}">'
        f'<rect width="{chart.width}" height="{chart.height}" fill="#ecebe6"/>'
        f'<g fill="#1f5673">{blocks}</g></svg>'
    )


def draw(columns: Sequence[Counted]) -> Chart:
    """The highest column is as high as the picture."""
    most = max((one.whole for one in columns), default=0)
    return Chart(
        width=COLUMN * max(1, len(columns)),
        height=HEIGHT,
        column=COLUMN,
        bar=COLUMN - GAP,
        bars=[_bar(at, one, most) for at, one in enumerate(columns)],
        most=most,
        first=columns[0].label if columns else "",
        last=columns[-1].label if columns else "",
    )


def _bar(at: int, one: Counted, most: int) -> Bar:
    blocks = [_block("all", one.whole, 0, most)] if one.whole else []
    below = 0
    for kind, count in one.parts:
        if count:
            blocks.append(_block(kind, count, below, most))
            below += count
    title = f"{one.label}: {one.whole}"
    return Bar(title, one.href, at * COLUMN, at * COLUMN + GAP // 2, blocks)


def _block(kind: str, count: int, below: int, most: int) -> Block:
    height = max(LEAST, HEIGHT * count / most)
    foot = HEIGHT - HEIGHT * below / most
    return Block(kind, f"{max(0.0, foot - height):.1f}", f"{min(height, foot):.1f}")
