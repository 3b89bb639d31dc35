"""Which requirement each test proves, read from the tests' names: `test_n15_…` proves N-15.

`python tests/house/proven.py` from the project's folder writes docs/proven.md anew.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "proven.md"
NAME = re.compile(r"test_((?:n\d\d_)+)(\w+)")

HEAD = """# What the tests prove so far

N-numbers are the sentences of the notice, as requirements. A test that proves one carries its
number in its name; this page is made from those names by `tests/house/proven.py`, and a test keeps
it true. A requirement that is not listed has no test yet.

| requirement | tests |
|---|---|
"""


def named_tests(folder: Path) -> dict[str, list[str]]:
    """Requirement (`N-15`) to `file: sentence`, sorted."""
    proven: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                match := NAME.fullmatch(node.name)
            ):
                sentence = match[2].replace("_", " ")
                where = path.relative_to(folder).with_suffix("").as_posix()
                for number in re.findall(r"\d\d", match[1]):
                    proven[f"N-{number}"].append(f"{where}: {sentence}")
    return {number: sorted(proven[number]) for number in sorted(proven)}


def page() -> str:
    rows = [
        f"| {number} | {'<br>'.join(sentences)} |"
        for number, sentences in named_tests(ROOT / "tests").items()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
