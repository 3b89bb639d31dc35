"""The words of papers, by language: they come from files of ours, and from the notice itself."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vaiti.notice.sentences import LANGUAGES

COMMON = "terms"


@dataclass(frozen=True, slots=True)
class Words:
    """One paper's words in one language, with those that all papers share."""

    paper: str
    language: str

    def __call__(self, key: str, **given: str | int) -> str:
        """Raises KeyError for what is said nowhere."""
        return said(self.paper, key)[self.language].format(**given)

    def term(self, group: str, code: str) -> str:
        """Such as a purpose; a code that nobody has put into words is told as it is."""
        found = table(COMMON).get(f"{group}.{code}")
        return found[self.language] if found else code

    def terms(self, group: str, codes: Iterable[str]) -> str:
        return ", ".join(self.term(group, one) for one in codes)


def said(paper: str, key: str) -> Mapping[str, str]:
    """In each language. Raises KeyError."""
    found = table(paper)
    return found[key] if key in found else table(COMMON)[key]


@cache
def table(paper: str) -> Mapping[str, Mapping[str, str]]:
    """Each key, joined with dots, with its words by language."""
    text = files("vaiti.promises.papers").joinpath(f"texts/{paper}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def _flat(tree: Mapping[str, object], above: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    for key, below in tree.items():
        if not isinstance(below, dict):
            continue
        name = f"{above}.{key}" if above else key
        if set(below) == set(LANGUAGES):
            yield name, below
        else:
            yield from _flat(below, name)
