"""What is logged anywhere in the house is a constant sentence with listed fields beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from vaiti.ops.logs import SAFE

SOURCE = Path(__file__).resolve().parents[2] / "src" / "vaiti"
LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}


def log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name | ast.Call)
                and "log" in ast.unparse(node.func.value).lower()
            ):
                yield path, node


def test_messages_are_constants_and_fields_are_listed() -> None:
    found = list(log_calls())
    assert found
    for path, call in found:
        where = f"{path.name}:{call.lineno}"
        assert [isinstance(part, ast.Constant) for part in call.args] == [True], where
        for keyword in call.keywords:
            if keyword.arg == "extra":
                assert isinstance(keyword.value, ast.Dict), where
                names = {ast.literal_eval(key) for key in keyword.value.keys if key}
                assert names <= SAFE, f"{where}: {names - SAFE}"
