"""`vaiti lock`: refreshes the lock files from what is asked for."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"),
    *("--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"),
)


def main(arguments: Sequence[str]) -> int:
    """Locks all, or those named: run, pkcs11, codecs, test, lock."""
    names = list(arguments) or ["run", "pkcs11", "codecs", "test", "lock"]
    for name in names:
        print(f"vaiti: locking {name} …", flush=True)
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS]
        asked = [f"{name}.in", "--output-file", f"{name}.lock"]
        done = subprocess.run([*command, *asked], cwd=REQUIREMENTS, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0
