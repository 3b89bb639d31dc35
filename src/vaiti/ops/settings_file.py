"""The settings file, replaced as a whole by what still holds."""

from pathlib import Path

from vaiti.ops.settings import FILE, parse_settings


def add(folder: Path, text: str) -> None:
    """Appends to the settings file. Raises WeakSettings."""
    write(folder, (folder / FILE).read_text(encoding="utf-8") + text)


def write(folder: Path, text: str) -> None:
    """Replaces the settings file by what it is still good with. Raises WeakSettings."""
    path = folder / FILE
    parse_settings(text.encode(), folder)
    aside = folder / f"{FILE}.part"
    aside.touch(mode=0o600)
    aside.write_bytes(text.encode())
    aside.rename(path)
