"""The project's own files, read once for all house rules."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".txt", ".in", ".po", ".svg", ".lock", ""}
SHOWN = {".ci", ".gitignore"}  # of what begins with a dot


@dataclass(frozen=True, slots=True)
class Module:
    """`name` is dotted, `path` is shown in failures."""

    name: str
    path: Path
    text: str
    tree: ast.Module


@cache
def modules() -> tuple[Module, ...]:
    return tuple(
        Module(_name(path), path, path.read_text(), ast.parse(path.read_text()))
        for path in sorted(SOURCE.rglob("*.py"))
        if "migrations" not in path.parts
    )


@cache
def files_of_tests() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "tests").rglob("*.py")))


@cache
def floors() -> dict[str, int]:
    """Room to floor, from the import contract: the ground is 0."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    return {
        room.strip(): floor
        for floor, rooms in enumerate(reversed(layers))
        for room in rooms.split("|")
    }


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the project."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        hidden = inside.parts[0].startswith(".") and inside.parts[0] not in SHOWN
        if not hidden and inside.parts[0] != "vendor" and path.is_file() and path.suffix in TEXT:
            try:
                yield inside, path.read_text()
            except UnicodeDecodeError:
                continue


def _name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
