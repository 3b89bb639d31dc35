"""How much memory the processes of one of the supervisor's children have needed at most, and how
much of the processor."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from vaiti.ops.benches.measured import cpu_s
from vaiti.ops.settings import Settings

_PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_OWN: Final = re.compile(r"^RssAnon:\s+(\d+) kB$", re.MULTILINE)
_SESSION: Final = 3  # the place of the session's id behind the name in /proc/PID/stat


def peaks_mb(settings: Settings, name: str) -> list[float]:
    """Of each process of the child's own session, the greatest first. Linux only."""
    session = (settings.run / f"{name}.pid").read_text().strip()
    found = [_peak(process) for process in _processes(session)]
    return sorted((round(one / 1024, 1) for one in found if one), reverse=True)


def own_mb(pid: int) -> float:
    """What the process holds now without the files that it has mapped; 0 for one that has ended."""
    try:
        match = _OWN.search(Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(match[1]) / 1024 if match else 0.0


def session_mb(settings: Settings, name: str) -> float:
    """What all processes of the child's own session hold now, as `own_mb`."""
    session = (settings.run / f"{name}.pid").read_text().strip()
    return sum(own_mb(int(process.name)) for process in _processes(session))


def session_cpu_s(settings: Settings, name: str) -> float:
    """User and system time of all processes of the child's own session so far, in seconds."""
    session = (settings.run / f"{name}.pid").read_text().strip()
    spent = 0.0
    for process in _processes(session):
        with suppress(OSError):  # it has just ended
            spent += cpu_s(int(process.name))
    return spent


def _processes(session: str) -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            rest = (process / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if rest[_SESSION] == session:
            found.append(process)
    return found


def _peak(process: Path) -> int:
    """In kB; 0 for one that has just ended."""
    try:
        match = _PEAK.search((process / "status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(match[1]) if match else 0
