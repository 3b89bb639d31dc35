"""What is shown, without what chance drew in it.

In 32 hexadecimal digits any five decimal ones stand next to each other once in forty thousand
times, and a page holds dozens of ids: a test that looks for a number's digits would fail by chance.
"""

import re

DRAWN = re.compile(
    r"[0-9a-f]{32}"  # an id, a tag, a digest
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # an id as PostgreSQL writes it
    r"|\b[0-9A-Za-z]{64}\b"  # what a form is sent back with
)


def without_drawn(shown: str) -> str:
    return DRAWN.sub("_", shown)
