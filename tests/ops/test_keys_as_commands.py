"""`vaiti keys` as processes, on a folder that `vaiti init` made."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.test_init import data, vaiti
from vault.keyworld import answers, wait_for

__all__ = ["data"]


@pytest.mark.sqlite
def test_n17_the_secret_is_given_in_escrow_and_brought_back_by_commands(
    data: Path, tmp_path: Path
) -> None:
    told, sheets = ("--data", str(data)), tmp_path / "sheets"
    absent = vaiti("keys", "status", *told)
    assert (absent.returncode, "does not answer" in absent.stderr) == (1, True)
    persons = ("--person", "Aino Laine", "--person", "Bo Ek", "--threshold", "2")
    socket = data / "run" / "keys.sock"
    with subprocess.Popen([sys.executable, "-m", "vaiti", "process", "keys", *told]) as process:
        wait_for(lambda: answers(socket) or process.poll() is not None, 60)
        given = vaiti("keys", "escrow", *told, *persons, "--to", str(sheets))
        assert given.returncode == 0, given.stderr
        assert "2 of 2 bring it back" in given.stdout
        rotated = vaiti("keys", "rotate", *told)
        assert "generation: 2, since" in rotated.stdout, rotated.stderr
        shares = [part for sheet in sheets.iterdir() for part in ("--share", str(sheet))]
        held = vaiti("keys", "restore", *told, *shares)
        assert "another key process holds the key store" in held.stderr
        process.terminate()
    (data / "secrets" / "keystore.passphrase").unlink()
    back = vaiti("keys", "restore", *told, *shares)
    assert back.returncode == 0, back.stderr
    assert "generation: 3" in back.stdout
    assert vaiti("audit", "verify", *told).returncode == 0
