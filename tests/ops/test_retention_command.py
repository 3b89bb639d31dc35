"""`vaiti retention` as a process, on a folder that `vaiti init` made."""

import json
from pathlib import Path

import pytest

from ops.test_init import data, vaiti

__all__ = ["data"]


@pytest.mark.sqlite
def test_n18_what_a_shorter_time_would_do_is_said_and_a_longer_one_refused(
    data: Path, tmp_path: Path
) -> None:
    given = ["--data", str(data)]
    nothing = vaiti("retention", "preview", *given)
    assert nothing.returncode == 2
    assert "write months in [register]" in nothing.stderr
    tried = vaiti("retention", "preview", "--months", "3", "9", "--json", *given)
    assert tried.returncode == 1
    assert "9 would be longer" in tried.stderr
    told = json.loads(tried.stdout)
    assert (told["months"], told["calls"], told["lines"]) == (3, 0, {})
    file, wished = tmp_path / "next.toml", (data / "vaiti.toml").read_text()
    file.write_text(wished.replace("[register]\n", "[register]\nmonths = 4\n"))
    read = vaiti("retention", "preview", "--settings", str(file), *given)
    assert read.returncode == 0, read.stderr
    assert read.stdout.startswith("Calls kept for 4 months, if the data protection officer")
    assert read.stdout.endswith("Nothing was changed.\n")
    versions = vaiti("retention", "rules", *given)
    assert "Callers are told: 6 months" in versions.stdout
    assert "No shorter time was ever wished for." in versions.stdout
