"""Letters to the person: what each must say, and how a draft is filled and checked. Pure.

The words are in `texts/letters.<language>.txt`, a paragraph an element. What the program does not
know stands in the draft as a blank, `[…]`, and no letter with a blank is sent. docs/letters.md.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Letter(StrEnum):
    RECEIPT = "receipt"
    IDENTIFICATION = "identification"
    EXTENSION = "extension"
    INFORMATION = "information"
    REFUSAL = "refusal"
    DECISION = "decision"
    ERASURE = "erasure"
    ARTICLE_19 = "article_19"
    RESTRICTION_LIFTED = "restriction_lifted"
    BREACH_AUTHORITY = "breach_authority"
    BREACH_PERSON = "breach_person"
    DISCLOSURE_RECEIPT = "disclosure_receipt"
    DISCLOSURE_REFUSED = "disclosure_refused"
    DISCLOSURE_PERSON = "disclosure_person"


OF_BREACHES: Final = (Letter.BREACH_AUTHORITY, Letter.BREACH_PERSON)
"""Not of a person's case: the notifications of Article 33 and the communications of Article 34."""
OF_DISCLOSURES: Final = (
    *(Letter.DISCLOSURE_RECEIPT, Letter.DISCLOSURE_REFUSED, Letter.DISCLOSURE_PERSON),
)
"""About what an authority ordered: to the authority, and to whoever was recorded."""

_END: Final = ("complaint", "court", "contact")
ELEMENTS: Final[Mapping[Letter, tuple[str, ...]]] = {
    Letter.RECEIPT: (
        *("received", "asked", "as_it_is", "answer_by", "free", "kept_meanwhile", "ways"),
        "contact",
    ),
    Letter.IDENTIFICATION: (
        *("received", "unsure", "tried", "which_facts", "no_papers", "clock", "free"),
        *_END,
    ),
    Letter.EXTENSION: ("extended", "why_longer", "kept_meanwhile", *_END),
    Letter.INFORMATION: (
        *("confirmed", "calls", "purposes", "categories", "recipients", "source", "storage"),
        *("consultations", "your_rights", "object", "withdraw", "no_automation", "no_transfer"),
        "ways",
        *_END,
    ),
    Letter.REFUSAL: ("refused", "why_not", "by_law", "reviewed", "again", *_END),
    Letter.DECISION: ("decided", "decisions", "again", *_END),
    Letter.ERASURE: (
        *("erased", "how_erased", "backups", "certificate", "recipients_told"),
        *_END,
    ),
    Letter.ARTICLE_19: ("notice_19", "which_data", "do_likewise", "person_may_ask", "contact"),
    Letter.RESTRICTION_LIFTED: ("lifted", "why_lifted", "then", *_END),
    Letter.BREACH_AUTHORITY: (
        *("breach_notified", "breach_nature", "breach_numbers", "breach_consequences"),
        *("breach_measures", "breach_persons", "breach_late", "contact"),
    ),
    Letter.BREACH_PERSON: (
        *("breach_yours", "breach_nature", "breach_consequences", "breach_measures"),
        *("breach_you_can", "complaint", "contact"),
    ),
    Letter.DISCLOSURE_RECEIPT: (
        *("law_order", "law_given", "law_voices", "law_sealed", "law_decided", "law_use"),
        *("law_received", "contact"),
    ),
    Letter.DISCLOSURE_REFUSED: ("law_order", "law_refused", "law_again", "contact"),
    Letter.DISCLOSURE_PERSON: (
        *("law_yours", "law_yours_calls", "law_voices", "law_decided", "your_rights"),
        *_END,
    ),
}
"""The paragraphs of each letter, in order."""

REQUIRED: Final[Mapping[Letter, Mapping[str, str]]] = {
    Letter.RECEIPT: {
        "received": "12(3)",
        "answer_by": "12(3)",
        "free": "12(5)",
        "contact": "12(1)",
    },
    Letter.IDENTIFICATION: {
        "unsure": "12(6)",
        "tried": "11(2)",
        "which_facts": "12(6)",
        "clock": "12(3)",
        "complaint": "12(4)",
    },
    Letter.EXTENSION: {"extended": "12(3)", "why_longer": "12(3)", "complaint": "12(4)"},
    Letter.INFORMATION: {
        "confirmed": "15(1)",
        "purposes": "15(1)(a)",
        "categories": "15(1)(b)",
        "recipients": "15(1)(c)",
        "storage": "15(1)(d)",
        "your_rights": "15(1)(e)",
        "object": "21(4)",
        "complaint": "15(1)(f)",
        "source": "15(1)(g)",
        "no_automation": "15(1)(h)",
        "no_transfer": "15(2)",
        "ways": "15(3)",
        "consultations": "C-579/21",
    },
    Letter.REFUSAL: {
        "refused": "12(4)",
        "why_not": "12(4)",
        "by_law": "12(4)",
        "complaint": "12(4)",
        "court": "12(4)",
    },
    Letter.DECISION: {"decisions": "12(4)", "complaint": "12(4)", "court": "12(4)"},
    Letter.ERASURE: {"erased": "12(3)", "recipients_told": "19", "backups": "5(1)(a)"},
    Letter.ARTICLE_19: {"notice_19": "19", "which_data": "19", "do_likewise": "19"},
    Letter.RESTRICTION_LIFTED: {"lifted": "18(3)", "why_lifted": "18(3)", "complaint": "12(4)"},
    Letter.BREACH_AUTHORITY: {
        "breach_nature": "33(3)(a)",
        "breach_numbers": "33(3)(a)",
        "contact": "33(3)(b)",
        "breach_consequences": "33(3)(c)",
        "breach_measures": "33(3)(d)",
    },
    Letter.BREACH_PERSON: {
        "breach_nature": "34(2)",
        "breach_consequences": "34(2)",
        "breach_measures": "34(2)",
        "contact": "34(2)",
    },
    Letter.DISCLOSURE_RECEIPT: {
        "law_order": "6(1)(c)",
        "law_given": "5(1)(c)",
        "law_sealed": "32(1)",
        "law_received": "5(2)",
    },
    Letter.DISCLOSURE_REFUSED: {"law_order": "6(1)(c)", "law_refused": "6(1)(c)"},
    Letter.DISCLOSURE_PERSON: {
        "law_yours": "15(1)(c)",
        "law_yours_calls": "15(1)(c)",
        "your_rights": "15(1)(e)",
        "complaint": "15(1)(f)",
    },
}
"""The elements that the law asks of each letter, with the article: none may be taken out."""

MOST: Final = 20_000  # characters of one paragraph: a list of calls may stand in it
_PLACE: Final = re.compile(r"\{(\w+)\}")
_BLANK: Final = re.compile(r"\[[^\[\]\n]{1,40}\]")
_HEAD: Final = re.compile(r"\[([a-z0-9_.]+)\]")


class LetterRefused(ValueError):
    """It cannot be drafted or sent so; `code` says why, `element` where."""

    def __init__(self, code: str, element: str = "") -> None:
        super().__init__(code)
        self.code, self.element = code, element


@dataclass(frozen=True, slots=True)
class Part:
    element: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    kind: Letter
    language: str
    title: str
    parts: tuple[Part, ...]


def paragraphs(source: str) -> dict[str, str]:
    """The texts of one language, by element."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in source.splitlines():
        if head := _HEAD.fullmatch(line):
            lines = found.setdefault(head[1], [])
        else:
            lines.append(line)
    return {element: "\n".join(some).strip() for element, some in found.items()}


def draft(
    kind: Letter,
    language: str,
    texts: Mapping[str, str],
    facts: Mapping[str, str],
    blanks: Mapping[str, str],
    *,
    unsaid: Set[str] = frozenset(),
) -> Draft:
    """`facts` fill the texts; for one that is missing its name in `blanks` stands in brackets.
    `unsaid`: paragraphs for which the notice gives no reason."""

    def fill(text: str) -> str:
        return _PLACE.sub(lambda place: facts.get(place[1]) or f"[{blanks[place[1]]}]", text)

    parts = tuple(Part(one, fill(texts[one])) for one in ELEMENTS[kind] if one not in unsaid)
    return Draft(kind, language, texts[f"title.{kind}"], parts)


def check(kind: Letter, parts: Sequence[Part], unsaid: Set[str] = frozenset()) -> None:
    """Whether it may be sent. Raises LetterRefused."""
    said = {part.element: part.text.strip() for part in parts}
    for element in REQUIRED[kind]:
        if element not in unsaid and not said.get(element):
            raise LetterRefused("required", element)
    for part in parts:
        if len(part.text) > MOST:
            raise LetterRefused("long", part.element)
        if _BLANK.search(part.text):
            raise LetterRefused("blank", part.element)
