"""Numbers of test calls in logs: found however they are written, never repeated whole."""

import gzip
import json
from pathlib import Path

import pytest

from vaiti.ops.commands.scan_logs import main
from vaiti.ops.log_scan import Scanner, TooShort

NUMBER = "+358401234567"
WRITTEN = [
    ("From: <sip:+358401234567@10.0.0.1>;tag=1", "+3584012345**"),
    ("src=0401234567 dst=0207100000", "0401234***"),
    ("caller 040-123 4567 answered", "040-123 4***"),
    ("caller +358 40 1234567", "+358 40 1234***"),
    ("00358401234567", "00358401234***"),
    ("+358 (0)40 123 45 67", "+358 (0)40 123 4* **"),
    ("tel:+358-40-1234-567;ext=1", "+358-40-1234-***"),
    ("uri=sip%3A%2B358401234567%40pbx", "358401234***"),
    ("x=%30%34%30%31%32%33%34%35%36%37", "0401234***"),
    ('{"ani":358401234567}', "358401234***"),
    ("calling party 53 48 10 32 54 76", "53 48 10 32 5* **"),
    ("cgpn=401032547 6", ""),
    ("040 123 4***", ""),
    ("+358401234***", ""),
    ("+3584012345678", ""),
    ("9358401234567", ""),
    ("port 40123 456 seven", ""),
]


@pytest.mark.parametrize(("line", "shown"), WRITTEN)
def test_n15_a_number_is_found_in_each_usual_spelling_and_shown_masked(
    line: str, shown: str
) -> None:
    hits = list(Scanner([NUMBER], "FI").hits("sbc.log", [line]))
    assert bool(hits) is bool(shown)
    for hit in hits:
        left = "".join(each for each in hit.written if each.isdigit())
        assert not left.endswith(("567", "76"))
        assert hit.written.count("*") == 3


def test_n15_the_command_says_where_and_ends_with_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("# the handset in the cellar\n040 123 4567  # mobile\n+46 70 174 06 05\n")
    logs = tmp_path / "logs"
    (logs / "deep").mkdir(parents=True)
    (logs / "clean.log").write_text("INVITE sip:+358207100000@pbx\n" * 3)
    with gzip.open(logs / "deep" / "sbc.log.gz", "wt") as file:
        file.write("nothing\nFrom: sip:0701740605@sbc\n")
    (logs / "wide.log").write_text("caller 0401234567\n", encoding="utf-16")
    arguments = ["--numbers", str(numbers), str(logs)]
    assert main(arguments) == 3
    said = capsys.readouterr().out.replace(str(tmp_path), "")
    assert "sbc.log.gz:2:11: 0701740***" in said
    assert "wide.log:1:8: 0401234***" in said
    assert "2 places in 3 files" in said
    for whole in ("0605", "1234567", "234567"):
        assert whole not in said
    assert main([*arguments, "--json"]) == 3
    assert {json.loads(line)["line"] for line in capsys.readouterr().out.splitlines()} == {1, 2}
    (logs / "deep" / "sbc.log.gz").write_bytes(b"\x1f\x8bbroken")
    (logs / "wide.log").unlink()
    assert main(arguments) == 2
    assert "cannot be read" in capsys.readouterr().err
    (logs / "deep" / "sbc.log.gz").unlink()
    assert main(arguments) == 0
    assert "None of the numbers" in capsys.readouterr().out


def test_what_is_no_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = tmp_path / "numbers.txt"
    for text in ("", "112\n", "hello\n"):
        numbers.write_text(text)
        assert main(["--numbers", str(numbers), str(tmp_path)]) == 2
        assert capsys.readouterr().err.startswith("vaiti: ")
    with pytest.raises(TooShort):
        Scanner(["112"], "FI")
