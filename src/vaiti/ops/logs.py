"""Logs without personal data: one JSON object a line, and only what is known to be harmless.

Of a record of our own the message's template is written, never its arguments, and of its extra
fields those in `SAFE` whose value has a harmless shape. Of other packages' records only logger
and place are written, for they mix values into their texts. Of an exception the type and place
are written, never its text.
"""

import contextlib
import json
import logging
import logging.handlers
import re
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

REDACTED = "[personal]"
SAFE = frozenset(
    {
        *("kind", "reason", "peer", "rule", "step", "child", "state", "status"),
        *("code", "count", "seconds", "bytes", "port", "pid", "call_id", "size"),
    }
)
"""Extra fields that may be written. None of them ever holds a name, a number or free text."""

HARMLESS = re.compile(r"[A-Za-z0-9_.:/ -]{0,80}")
TELEPHONE = re.compile(r"(?<![0-9a-f])[0-9][0-9 -]{5,}[0-9](?![0-9a-f])")
FILE_BYTES = 10 << 20
FILES_KEPT = 5


def harmless(value: object) -> object:
    """The value when its shape cannot hold a name or a telephone number, else `[personal]`."""
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 10_000_000 else REDACTED
    if isinstance(value, str) and HARMLESS.fullmatch(value) and not TELEPHONE.search(value):
        return value
    return REDACTED


class Lines(logging.Formatter):
    """One JSON object a record."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self.process,
            "logger": record.name,
        }
        if record.name.split(".")[0] == "vaiti":
            line["event"] = str(record.msg)
        else:
            line["place"] = f"{record.module}:{record.lineno}"
        known = SAFE.intersection(record.__dict__)
        line |= {name: harmless(record.__dict__[name]) for name in sorted(known)}
        if record.exc_info and record.exc_info[0]:
            line["failure"] = described(record.exc_info[0], record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def described(kind: type[BaseException], trace: TracebackType | None) -> str:
    """The exception's type, and the last places that it came through, innermost last."""
    frames = traceback.extract_tb(trace)[-4:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{kind.__module__}.{kind.__qualname__} at {places}"


class LogFile(logging.handlers.RotatingFileHandler):
    """A file that says in one sentence when it cannot be written: the default prints the record."""

    def handleError(self, record: logging.LogRecord) -> None:
        """What was to be told goes on, also where there is room for not even this sentence."""
        kind = sys.exc_info()[0]
        said = f"a log cannot be written: {kind.__name__ if kind else 'unknown'}"
        with contextlib.suppress(OSError):
            print(said, file=sys.stderr, flush=True)


def write_logs(process: str, folder: Path) -> None:
    """Sends everything this process logs, and every exception nobody caught, to its file."""
    folder.mkdir(mode=0o700, exist_ok=True)
    handler = LogFile(folder / f"{process}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT)
    handler.setFormatter(Lines(process))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    sys.excepthook = say_uncaught
    threading.excepthook = say_uncaught_in_thread
    sys.unraisablehook = say_unraisable


def say_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("vaiti.ops").critical("uncaught", exc_info=(kind, error, trace))
    print(f"stopped by {described(kind, trace)}", file=sys.stderr)


def say_uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
    error = caught.exc_value or caught.exc_type()
    trace = (caught.exc_type, error, caught.exc_traceback)
    logging.getLogger("vaiti.ops").critical("uncaught in a thread", exc_info=trace)


def say_unraisable(caught: "sys.UnraisableHookArgs") -> None:
    error = caught.exc_value or caught.exc_type()
    trace = (caught.exc_type, error, caught.exc_traceback)
    logging.getLogger("vaiti.ops").error("cannot be raised", exc_info=trace)
