"""`vaiti course` and `vaiti undertaking`, each as a process, on a folder that `vaiti init` made."""

from pathlib import Path

import pytest

from ops.test_init import data, vaiti

__all__ = ["data"]

HEAD = "login,course,section,passed on,source\n"


def course(data: Path, *arguments: str, name: str = "course") -> tuple[int, str]:
    done = vaiti(name, *arguments, "--data", str(data))
    return done.returncode, done.stdout + done.stderr


@pytest.mark.sqlite
def test_n31_n34_nobody_is_ready_at_first_and_evidence_makes_somebody_so(
    data: Path, tmp_path: Path
) -> None:
    assert course(data, "list") == (0, "aino.laine  NOT trained; NO undertaking\n")
    assert "nobody is trained" in vaiti("doctor", "--data", str(data)).stdout
    evidence = tmp_path / "evidence.csv"
    evidence.write_text(HEAD + "aino.laine,intro,use_of_system,1.1.2020,HR\nx,y,z,1.1.2026,HR\n")
    status, said = course(data, "import", str(evidence))
    assert status == 1
    assert "row 2: this has expired already" in said
    assert "row 3: nobody here has this login" in said
    assert said.endswith("nothing was entered\n")
    status, said = course(data, "load")
    assert (status, "loaded already" in said) == (1, True)
    status, said = course(data, "load", str(evidence))
    assert (status, "is not TOML" in said) == (1, True)
