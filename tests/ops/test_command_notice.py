"""`vaiti notice` on files: what it shows, compares and refuses."""

from pathlib import Path

import pytest

from vaiti.notice.wording import change
from vaiti.notice.wordings import text_of
from vaiti.ops.commands import notice as command_notice


def written(folder: Path, name: str, **values: str) -> str:
    file = folder / f"{name}.yaml"
    states = {f"states.{key}": value for key, value in values.items()}
    file.write_text(change(text_of("reference"), states))
    return str(file)


def test_a_page_of_a_notice_has_three_languages_and_every_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_notice.main(["render", written(tmp_path, "a")]) == 0
    page = capsys.readouterr().out
    assert page.count("<article lang=") == 3
    assert page.count("<p id=") == 48 * 3
    assert "säilytämme" in page.casefold()


def test_n03_two_versions_are_compared_in_settings_and_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shorter = written(tmp_path, "b", period_months="1")
    assert command_notice.main(["diff", written(tmp_path, "a"), shorter]) == 0
    said = capsys.readouterr().out
    assert "period_months: 6 -> 1" in said
    assert "N-18 en\n  - We keep the recordings for 6 months" in said
    assert "N-19" not in said


def test_a_notice_that_cannot_be_kept_is_refused_with_its_line_or_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_notice.main(["check", written(tmp_path, "c", mask="4")]) == 2
    assert "N-15" in capsys.readouterr().err
    misspelt = tmp_path / "misspelt.yaml"
    misspelt.write_text(text_of("helpdesk").replace("letters_name_", "letter_name_"))
    assert command_notice.main(["check", str(misspelt)]) == 2
    assert "is it rights.letters_name_authority?" in capsys.readouterr().err
    assert command_notice.main(["example", "helpdesk"]) == 0
    assert capsys.readouterr().out == text_of("helpdesk")
    assert command_notice.main(["check", str(tmp_path / "none.yaml")]) == 2
    assert command_notice.main(["check", written(tmp_path, "a")]) == 0
    assert "48 sentences" in capsys.readouterr().out
