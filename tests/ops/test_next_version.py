"""The next version of a notice by command, and a setting that would break the one in force."""

import json
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops.test_init import vaiti
from vaiti.notice.wording import change, read
from vaiti.notice.wordings import text_of

ZONE = ZoneInfo("Europe/Mariehamn")
FORM = {"id", "kind", "kept", "since", "evidence"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made with the notice of a bank's help desk, which answers for all that a notice says."""
    folder = tmp_path_factory.mktemp("bank")
    (folder / "password").write_text("grey moon over ice\n")
    (folder / "ours.yaml").write_text(text_of("helpdesk"))
    done = vaiti(
        *("init", "--data", str(folder / "data"), "--notice", str(folder / "ours.yaml")),
        *("--admin-name", "Axel Öst", "--admin-login", "axel.ost"),
        *("--admin-password-file", str(folder / "password")),
    )
    assert done.returncode == 0, done.stderr
    return folder / "data"


def rows(data: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        return database.execute(statement).fetchall()


def propose(data: Path, days: int, **changes: str) -> subprocess.CompletedProcess[str]:
    file = data.parent / "next.yaml"
    file.write_text(change(text_of("helpdesk"), {"version": "2"} | changes))
    since = (datetime.now(ZONE) + timedelta(days=days)).date().isoformat()
    options = ("--data", str(data), "--valid-from", since, "--login", "axel.ost")
    return vaiti("notice", "propose", str(file), *options)


def test_n03_the_next_version_is_put_forward_for_a_day_to_come_and_no_other(data: Path) -> None:
    assert rows(data, "SELECT version, retention_months, zone FROM notice_noticeversion") == [
        ("1", 1, "Europe/Mariehamn")
    ]
    late = propose(data, -1)
    assert (late.returncode, "still to come" in late.stderr) == (2, True)
    same = propose(data, 3, version="1")
    assert (same.returncode, "published already" in same.stderr) == (2, True)
    unkept = propose(data, 3, **{"states.mask": "4"})
    assert (unkept.returncode, "H-06" in unkept.stderr) == (2, True)
    done = propose(data, 3, **{"states.period_months": "2"})
    assert (done.returncode, "Put forward" in done.stdout) == (0, True), done.stderr
    ((version, since),) = rows(
        data, "SELECT version, valid_from FROM notice_nextversion WHERE decided_at IS NULL"
    )
    begins = datetime.fromisoformat(str(since)).replace(tzinfo=UTC).astimezone(ZONE)
    assert (version, begins.hour, begins.minute) == ("2", 0, 0)
    kinds = "SELECT count(*) FROM audit_leaf WHERE kind = 'notice:version:proposed'"
    assert rows(data, kinds) == [(1,)]
    assert len(rows(data, "SELECT version FROM notice_noticeversion")) == 1  # nobody has signed


def test_n26_a_setting_that_breaks_a_sentence_is_refused_at_start_with_its_words(
    data: Path,
) -> None:
    settings = data / "vaiti.toml"
    before = settings.read_text()
    settings.write_text(before.replace('country = "FI"\ncontract', 'country = "DE"\ncontract'))
    assert settings.read_text() != before
    try:
        done = vaiti("up", "--data", str(data))
    finally:
        settings.write_text(before)
    assert done.returncode == 2
    sentence = next(one for one in read(text_of("helpdesk")).sentences if one.id == "H-08")
    assert sentence.quoted() in done.stderr
    assert "the [[place]] machine is in DE" in done.stderr


def test_n35_the_version_in_force_is_judged_shown_and_told_sentence_by_sentence(
    data: Path,
) -> None:
    judged = vaiti("notice", "lint", "--data", str(data), "--json")
    assert judged.returncode == 1, judged.stderr
    found = {one["item"] for one in json.loads(judged.stdout)["findings"]}
    assert found == {"D-06", "D-14", "D-16", "13(1)(c)", "13(2)(a)", "13(2)(b)"}
    assert vaiti("notice", "show", "--data", str(data)).stdout == text_of("helpdesk")
    told = json.loads(vaiti("promises", "check", "--data", str(data), "--json").stdout)
    assert [one["id"] for one in told["sentences"]] == [f"H-{at:02}" for at in range(1, 14)]
    assert all(set(one) == FORM for one in told["sentences"])
    assert not told["ok"]  # no page answers, and nobody has vouched
