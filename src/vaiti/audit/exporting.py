"""Writes the whole log out for others to verify, in stretches, on as many cores as are given."""

import base64
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import connections
from django.db.models import Max

from vaiti.audit import offline, rows
from vaiti.audit.models import Checkpoint
from vaiti.audit.stretch import Quoted, Row, micros
from vaiti.audit.verify import ALONE, Pace

STRETCH = tuple[int, int]


def export(path: Path, pace: Pace = ALONE) -> int:
    """Writes the whole log to a new file that only its owner may read; returns the entries.

    Raises FileExistsError rather than overwrite.
    """
    size = Checkpoint.objects.aggregate(size=Max("size"))["size"] or 0
    signed = Checkpoint.objects.filter(size__lte=size).order_by("size")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        notes = signed.values_list("note", flat=True).iterator()
        file.writelines(offline.lines(notes))
        file.writelines(_placed(size, pace))
        for some in rows.unplaced(size):
            file.write(written((None, *row[1:]) for row in some))
        file.flush()
        os.fsync(file.fileno())
    return size


def _placed(size: int, pace: Pace) -> Iterator[str]:
    stretches = [(first, min(first + pace.length, size)) for first in pace.starts(0, size)]
    if pace.processes > 1:
        connections.close_all()  # others take their own
    return offline.in_order(_stretch, stretches, pace.processes, rows.read_alone)


def _stretch(bounds: tuple[int, int]) -> str:
    return written(rows.placed(*bounds))


def written(found: Iterable[Row]) -> str:
    """A line for each entry, as docs/audit-format.md says."""
    lines, quoted = [], Quoted()
    for seq, name, at, kind, committed, salt, body, _, _ in found:
        at_us = at if isinstance(at, int) else micros(at)
        content = "}\n"
        if salt is not None:
            text = json.dumps(body, ensure_ascii=False)
            content = f',"salt":"{base64.b64encode(salt).decode()}","body":{text}}}\n'
        place = "null" if seq is None else seq
        lines.append(
            f'{{"seq":{place},"id":"{name}","at_us":{at_us},"kind":{quoted[kind]},'
            f'"commitment":"{committed.hex()}"{content}'
        )
    return "".join(lines)
