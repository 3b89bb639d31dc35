"""Where a notice is weaker than the law (D-01 to D-17, GDPR Articles 13 and 14). Pure.

Whether a sentence is kept and whether it is lawful are two verdicts; this is the second. What is
looked for are words: a notice that says the same in other words may be found wanting, and the
finding says where and why. Nothing is put into the notice.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from vaiti.notice.sentences import Joint
from vaiti.notice.wording import Controller, Promised, Wording

MAX_PASTED = 60_000  # characters
MARKS = {
    "sv": ("och", "att", "uppgifter", "är", "inspelning"),
    "fi": ("ja", "tiedot", "on", "tallenne", "rekisteri", "puhelun"),
    "en": ("the", "and", "of", "data", "recording"),
}
"""Frequent words, by which the language of a pasted text is guessed."""
INTEREST = {
    "sv": r"berättigad\w* intresse",
    "fi": r"oikeute\w+ (etu|edu|etuu)",
    "en": r"legitimate interest",
}
CONSENT = {"sv": "samtyck", "fi": "suostumu", "en": "consent"}
WITHDRAWN = {"sv": "återkall", "fi": "peru", "en": "withdr"}
PURPOSES: Mapping[str, Mapping[str, str]] = {
    "verify": {"sv": "verifiera|kontrollera vad", "fi": "todenta", "en": "verify|check what"},
    "rights": {"sv": "rättsskydd|trygga", "fi": "oikeusturva|turva", "en": "protect[^.]*rights"},
    "training": {"sv": "utbildning av", "fi": "koulutu|kouluttami", "en": "training of|train our"},
    "security": {"sv": "missbruk", "fi": "väärinkäy", "en": "misuse|abuse"},
}
"""By which words purposes are known in a text whose settings nobody knows."""
BASIS = {
    "legitimate_interest": {
        "sv": "vårt berättigade intresse",
        "fi": "oikeutettu etumme",
        "en": "our legitimate interest",
    },
    "consent": {"sv": "ditt samtycke", "fi": "suostumuksesi", "en": "your consent"},
    "contract": {
        "sv": "avtalet med dig",
        "fi": "sopimus kanssasi",
        "en": "the contract with you",
    },
    "legal_obligation": {
        "sv": "en rättslig förpliktelse",
        "fi": "lakisääteinen velvoite",
        "en": "a legal obligation",
    },
}
_COMPANY = re.compile(
    r"\b[A-ZÅÄÖ][\w-]+(?: [A-ZÅÄÖ][\w-]+)* (?:Oyj|Oy|Abp|Ab|AB|plc|Ltd|GmbH|AS)\b"
)
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ])|\n\s*\n|\n(?=\s*[-•*])")

Languages = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a notice, in each of its languages."""

    name: str
    texts: Languages


@dataclass(frozen=True, slots=True)
class Finding:
    """`sentence` is where; empty where something is said nowhere. The rest by language."""

    item: str
    sentence: str
    source: str
    problem: Languages
    proposal: Languages


@dataclass(frozen=True, slots=True)
class Answered:
    """Where a notice says what an article asks for: nowhere, where there is no sentence.

    What the settings make irrelevant does not `apply`.
    """

    article: str
    asks: Languages
    sentences: tuple[str, ...]
    applies: bool


@dataclass(frozen=True, slots=True)
class _Notice:
    """`promised` and `controller` are None for a text of which only the words are known."""

    sentences: tuple[Said, ...]
    promised: Promised | None
    controller: Controller | None
    joint: tuple[Joint, ...] = ()

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(lang for one in self.sentences for lang in one.texts)


def findings(wording: Wording) -> list[Finding]:
    """In the order of the list of items; none for a notice that says all of it."""
    return list(_found(_of(wording)))


def _of(wording: Wording) -> _Notice:
    sentences = tuple(Said(one.id, one.text) for one in wording.sentences)
    return _Notice(sentences, wording.promised, wording.controller, wording.joint)


def answered(wording: Wording) -> list[Answered]:
    """Articles 13 and 14, point by point in their order."""
    return _answered(_of(wording))


def answered_in(text: str, language: str) -> list[Answered]:
    """The same of a pasted notice."""
    return _answered(_pasted(text, language))


def _answered(notice: _Notice) -> list[Answered]:
    asked = sorted((one for one in _items() if "article" in one), key=lambda one: one["article"])
    return [
        Answered(
            one["article"],
            one["asks"],
            tuple(each.name for each in notice.sentences if _says(each, one["said"])),
            _WHERE[one["where"]](notice) if "where" in one else True,
        )
        for one in asked
    ]


def findings_in(text: str, language: str) -> list[Finding]:
    """Of a pasted notice, whose settings nobody knows: what needs them is not looked at."""
    return list(_found(_pasted(text, language)))


def _pasted(text: str, language: str) -> _Notice:
    sentences = tuple(Said(f"{at}", {language: said}) for at, said in enumerate(split(text), 1))
    return _Notice(sentences, None, None)


def split(text: str) -> list[str]:
    """The sentences of a text, in their order; findings name them by their number."""
    return [" ".join(one.split()) for one in _ENDS.split(text[:MAX_PASTED]) if one.strip()]


def guess_language(text: str) -> str:
    words = re.findall(r"\w+", text.lower())
    return max(MARKS, key=lambda lang: sum(word in MARKS[lang] for word in words))


def _found(notice: _Notice) -> Iterator[Finding]:
    if not notice.sentences:
        return
    for item in _items():
        where = item.get("where")
        if where is not None and not _WHERE[where](notice):
            continue
        at = _lacking(item, notice)
        if at is not None:
            proposal = {
                lang: _filled(text, notice, lang) for lang, text in item["proposal"].items()
            }
            yield Finding(item["item"], at, item["source"], item["problem"], proposal)


def _lacking(item: Mapping[str, Any], notice: _Notice) -> str | None:
    """The sentence at which it lacks, nothing for the whole notice; None where it does not."""
    if item.get("where") == "two_names":
        return _other_name(notice)
    if item.get("where") == "joint" and _unnamed(notice):
        return ""
    about = item.get("about")
    there = [one for one in notice.sentences if about is None or _says(one, about)]
    if about is not None and not there:
        return None
    if "within" in item:
        return next((one.name for one in there if not _says(one, item["within"], all)), None)
    said = item["said"]
    for lang in notice.languages:
        texts = [one.texts[lang] for one in notice.sentences if lang in one.texts]
        if not any(re.search(said[lang], text.lower()) for text in texts):
            return there[0].name if about is not None else ""
    return None


def _says(one: Said, patterns: Languages, enough: Callable[[Collection[bool]], bool] = any) -> bool:
    """In any of its languages, or in all of them."""
    return enough(
        [bool(re.search(patterns[lang], text.lower())) for lang, text in one.texts.items()]
    )


def _filled(text: str, notice: _Notice, lang: str) -> str:
    """The controller's own facts where they are known; else what to put there, in brackets."""
    controller, promised = notice.controller, notice.promised
    return text.format(
        name=controller.name if controller else "[…]",
        privacy_contact=controller.privacy_contact if controller else "[…]",
        months=promised.period_months if promised else "[…]",
        joint=", ".join(one.name for one in notice.joint),
        basis=", ".join(BASIS[one][lang] for one in dict.fromkeys(_grounds(notice))) or "[…]",
    )


def _unnamed(notice: _Notice) -> list[str]:
    """Joint controllers whom no sentence of some language names."""
    return [
        one.name
        for one in notice.joint
        for lang in notice.languages
        if not any(one.name in each.texts.get(lang, "") for each in notice.sentences)
    ]


def _other_name(notice: _Notice) -> str | None:
    """Where a company stands that is not the controller, or the first one that a text names."""
    known = {one.name for one in notice.joint}
    known |= {notice.controller.name} if notice.controller else set()
    for one in notice.sentences:
        for text in one.texts.values():
            for name in _COMPANY.findall(text):
                known = known or {name}
                if name not in known:
                    return one.name
    return None


def _grounds(notice: _Notice) -> list[str]:
    return list(notice.promised.basis.values()) if notice.promised else []


def _one_for_many(notice: _Notice) -> bool:
    """A text of which only the words are known names several purposes and one interest for all."""
    found = {name for name, said in PURPOSES.items() if _where(notice, said)}
    return len(found) > 1 and len(_where(notice, INTEREST)) == 1


def _only_withdrawn(notice: _Notice) -> bool:
    """Such a text rests on an interest, and speaks of consent only where it is withdrawn."""
    asked = [one for one in _where(notice, CONSENT) if not _says(one, WITHDRAWN)]
    return bool(_where(notice, CONSENT) and _where(notice, INTEREST)) and not asked


def _where(notice: _Notice, patterns: Languages) -> list[Said]:
    return [one for one in notice.sentences if _says(one, patterns)]


_WHERE: Mapping[str, Callable[[_Notice], bool]] = {
    "interest": lambda one: one.promised is None or "legitimate_interest" in _grounds(one),
    "one_interest": lambda one: (
        _grounds(one).count("legitimate_interest") > 1 if one.promised else _one_for_many(one)
    ),
    "consent": lambda one: "consent" in _grounds(one),
    "portable": lambda one: bool({"consent", "contract"} & set(_grounds(one))),
    "no_consent": lambda one: (
        "consent" not in _grounds(one) if one.promised else _only_withdrawn(one)
    ),
    "long": lambda one: (
        one.promised is None or (one.promised.period_months > 1 and len(one.promised.purposes) > 1)
    ),
    "telesales": lambda one: one.promised is None or "sales_agent" in one.promised.roles,
    "officer": lambda one: one.promised is None or "dpo" in one.promised.roles,
    "two_names": lambda _: True,
    "joint": lambda one: bool(one.joint),
}
"""What the settings must be for an item to be asked about."""


@cache
def _items() -> tuple[Mapping[str, Any], ...]:
    text = files("vaiti.promises").joinpath("lint.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["item"])
