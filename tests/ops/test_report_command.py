"""`vaiti report period` as a process, on a folder that `vaiti init` made."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops.test_init import data, vaiti

__all__ = ["data"]

HELSINKI = ZoneInfo("Europe/Helsinki")  # of the register that is made


@pytest.mark.sqlite
def test_n23_a_report_is_one_file_and_its_making_is_logged(data: Path, tmp_path: Path) -> None:
    today, out = datetime.now(HELSINKI).date(), tmp_path / "report.html"
    days = ["--from", str(today - timedelta(days=40)), "--to", str(today - timedelta(days=3))]
    given = ["--language", "fi", "--out", str(out), "--data", str(data)]
    done = vaiti("report", "period", *days, *given)
    assert (done.returncode, done.stdout) == (0, f"written: {out}\n"), done.stderr
    made = out.read_text("utf-8")
    assert made.startswith("<!doctype html>")
    assert "Kuuntelut ja epäämiset" in made
    assert oct(out.stat().st_mode)[-3:] == "600"
    soon = str(today + timedelta(days=1))  # today may be over by now
    early = vaiti("report", "period", "--from", soon, "--to", soon, *given)
    assert early.returncode == 2
    assert "of days that are over" in early.stderr
    nowhere = [*days, "--out", str(tmp_path / "no" / "report.html"), "--data", str(data)]
    missing = vaiti("report", "period", *nowhere)
    assert missing.returncode == 1
    assert "cannot be written" in missing.stderr
    paper = [*days, "--language", "sv", "--out", str(tmp_path / "r.pdf"), "--data", str(data)]
    printed = vaiti("report", "period", *paper)
    assert printed.returncode == 0, printed.stderr
    content = (tmp_path / "r.pdf").read_bytes()
    assert content.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in content
    # three were made, the second in vain: each stands in the log before anything is written
    assert _made(data) == 3


def _made(data: Path) -> int:
    database = sqlite3.connect(data / "db.sqlite3")
    try:
        count = "SELECT count(*) FROM audit_leaf WHERE kind = 'access:report:made'"
        return int(database.execute(count).fetchone()[0])
    finally:
        database.close()
