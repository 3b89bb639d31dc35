"""Makes the verifier that goes to an auditor: one file, run by Python with `cryptography` alone.

It is a zip file of this room's pure modules, as they are: `unzip -p` shows every line. The same
sources give the same bytes.
"""

import io
import zipfile
from importlib.resources import files

NAME = "vaiti-verify.pyz"
MODULES = (
    *(
        "certificate",
        "checkpoint",
        "copy",
        "cosigning",
        "entry",
        "evidence",
        "exhibit",
        "kinds",
        "offline",
        "piece",
    ),
    *("received", "stretch", "tree", "unpacked", "verification", "verifier_main"),
)
STARTER = (
    "import sys\n\nfrom vaiti.audit.verifier_main import main\n\nsys.exit(main(sys.argv[1:]))\n"
)
LONG_AGO = (1980, 1, 1, 0, 0, 0)
SHEBANG = b"#!/usr/bin/env python3\n"


def verifier() -> bytes:
    """The file's bytes."""
    packed = io.BytesIO()
    packed.write(SHEBANG)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _sources():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _sources() -> list[tuple[str, str]]:
    room = files("vaiti.audit")
    own = [
        (f"vaiti/audit/{name}.py", room.joinpath(f"{name}.py").read_text("utf-8"))
        for name in MODULES
    ]
    packages = [
        ("vaiti/__init__.py", files("vaiti").joinpath("__init__.py").read_text("utf-8")),
        ("vaiti/audit/__init__.py", room.joinpath("__init__.py").read_text("utf-8")),
    ]
    return [("__main__.py", STARTER), *packages, *own]
