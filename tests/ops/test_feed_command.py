"""`vaiti feed` as a process, on a folder that `vaiti init` made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.test_init import data, vaiti

__all__ = ["data"]


def feed(data: Path, *arguments: str) -> tuple[int, str]:
    done = vaiti("feed", *arguments, "--data", str(data))
    return done.returncode, done.stdout + done.stderr


HEAD = "person,device,event,from,to,id\n"


@pytest.mark.sqlite
def test_n16_a_table_is_looked_at_then_entered_then_asked(data: Path, tmp_path: Path) -> None:
    now, table = datetime.now(UTC), tmp_path / "feed.csv"
    good = f"a-17,sip:2001@pbx,login,{now.isoformat()},,e-1"
    table.write_text(HEAD + good + "\naino.laine,2001,sat,8,,\n")
    status, said = feed(data, "import", str(table))
    assert status == 1
    assert "row 2: nobody who was here then is called so" in said
    assert "row 3: event is login, logout or stay" in said
    assert said.endswith("nothing was entered; 0 other rows are right\n")
    assert feed(data, "name", "--login", "aino.laine", "--id", "A-17") == (0, "")
    table.write_text(HEAD + good, encoding="utf-8-sig")
    looked = (0, "1 rows can be entered; nothing was entered.\n")
    assert feed(data, "import", "--look", str(table)) == looked
    assert "1 entered, 0 known already" in feed(data, "import", str(table))[1]
    assert "0 entered, 1 known already" in feed(data, "import", str(table))[1]
    assert feed(data, "who", "2001", now.isoformat()) == (0, "Aino Laine\n")
    before = (now - timedelta(minutes=5)).isoformat()
    assert "nobody, or it cannot be said who" in feed(data, "who", "2001", before)[1]
    assert "says nothing" in feed(data, "who", "2002", now.isoformat())[1]
    assert feed(data, "unname", "--login", "aino.laine", "--id", "a-17") == (0, "")
    status, said = feed(data, "unname", "--login", "aino.laine", "--id", "a-17")
    assert (status, said) == (1, "vaiti feed: the person is not called so\n")


@pytest.mark.sqlite
def test_what_is_no_table_of_the_feed_is_said(data: Path, tmp_path: Path) -> None:
    table = tmp_path / "feed.csv"
    for content, sentence in (
        (b"person,device\n", "the first row lacks event, from"),
        (HEAD.encode("utf-16"), "the file is not UTF-8"),
        ((HEAD + '"open').encode(), "close the quotes"),
    ):
        table.write_bytes(content)
        status, said = feed(data, "import", str(table))
        assert (status, sentence in said) == (1, True), said
    assert "cannot be read" in feed(data, "import", str(tmp_path / "none.csv"))[1]
