"""The table in docs/access.md is the one that decides."""

import re
from pathlib import Path

from vaiti.access.decide import Relation
from vaiti.access.table import RoleRow, table

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
NAMED = {
    "service_agent": "service agent",
    "sales_agent": "sales agent",
    "manager": "manager",
    "rights_handler": "rights handler",
    "dpo": "data protection officer",
    "security_lead": "security lead",
    "trainer": "trainer",
    "administrator": "administrator",
    "auditor": "auditor",
    "assigner": "assigner",
}
SAID = {
    Relation.OWN: "own legs",
    Relation.SUBORDINATES: "members **now**",
    Relation.TEST_LINE: "legs of calls on the test line",
    Relation.UNASSIGNED: "whose agent nobody knows",
    Relation.CASE: "case",
    Relation.ACTIVITY: "activity",
    Relation.INCIDENT: "incident",
    Relation.HELD: "hold",
}


def written() -> dict[str, str]:
    """Role in words to its cell of rows."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4:
            found |= dict.fromkeys(cells[0].split(", "), cells[1])
    return found


def test_n27_the_documented_table_is_the_one_that_decides() -> None:
    cells = written()
    for row in table():
        cell = cells[NAMED[row.role]]
        assert relations(cell) == set(row.rows), row.role
        assert (cell == "none") == (not row.rows)


def relations(cell: str) -> set[Relation]:
    return {relation for relation, words in SAID.items() if re.search(re.escape(words), cell)}


def test_who_hears_what_is_what_they_see_but_for_the_assigner_who_hears_nothing() -> None:
    rows: tuple[RoleRow, ...] = table()
    assert all(
        row.rows == tuple(one.relation for one in row.hears)
        for row in rows
        if row.role != "assigner"
    )
    assert [row.hears for row in rows if row.role == "assigner"] == [()]


def test_n37_three_roles_put_facts_right_and_no_others() -> None:
    found = {
        row.role: {one.relation.value: tuple(one.parts) for one in row.corrects}
        for row in table()
        if row.corrects
    }
    everything = ("agent", "line", "direction")
    assert found == {
        "manager": {"subordinates": everything},
        "rights_handler": {"case": everything, "held": everything},
        "assigner": {"unassigned": ("agent",)},
    }
