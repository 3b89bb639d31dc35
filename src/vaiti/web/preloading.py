"""What the first visitor of a process would wait for, done before there is one."""

import gc
from collections.abc import Iterable
from pathlib import Path

from django.template.loader import get_template
from django.urls import get_resolver
from django.utils.translation import gettext, override

TEMPLATES = Path(__file__).with_name("templates")


def preload(languages: Iterable[str]) -> None:
    """Reads addresses, templates and languages, and lets the collector of garbage pass over all
    that a process keeps for its life: walking through it makes one visitor in twenty wait."""
    for language in languages:
        with override(language):
            gettext("Calls")
            get_resolver().resolve("/calls/")
    for path in TEMPLATES.rglob("*.html"):
        get_template(path.relative_to(TEMPLATES).as_posix())
    gc.collect()
    gc.freeze()
