"""What a mail wants, by its words in three languages: among ordinary mail a request is noticed.

Pure. A word that names recordings or personal data makes a request together with one that wishes
something; some words do so alone. Better one case too many than a request that nobody sees.
"""

import re
from dataclasses import dataclass

from vaiti.rights.asking import Right

QUOTED = re.compile(r"^\s*>.*$|^-- ?$.*\Z", re.MULTILINE | re.DOTALL)
_POLICIES = re.compile(
    r"tietosuojaseloste\w*|tietosuojakäytän\w*|integritetspolicy\w*|dataskyddspolicy\w*"
    r"|dataskyddsbeskrivning\w*|privacy (?:policy|notice|statement)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked, as codes, and the language in which it was asked; empty where unknown."""

    asked: tuple[str, ...]
    language: str


def _words(text: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + text.replace(" ", r"\s+") + ")", re.IGNORECASE)


_ALONE = {
    "fi": _words(
        r"puhelutallen\w*|puhelunauhoit\w*|puheluäänit\w*|rekisteröidyn oike\w*"
        r"|tarkastuspyyn\w*|tarkastusoike\w*|tietopyyn\w*|tietosuoja-asetu\w*"
    ),
    "sv": _words(
        r"samtalsinspelning\w*|inspelade samtal\w*|inspelat samtal|inspelningen av (?:mitt )?samtal"
        r"|registerutdrag\w*|den registrerades rätt\w*|dataskyddsförordning\w*|begäran om insyn"
    ),
    "en": _words(
        r"call recording\w*|recording of (?:my|the|our) (?:call|phone|conversation)\w*"
        r"|recorded (?:call|phone call|conversation)\w*|subject access\w*|data subject\w*|gdpr"
        r"|article 15|right of access|right to be forgotten"
    ),
}
_THINGS = {
    "fi": _words(
        r"tallente\w*|tallenne\w*|nauhoite\w*|nauhoitu\w*|nauhoitt\w*|äänite\w*"
        r"|äänitte\w*|äänitys\w*"
        r"|henkilötie\w*|tietoni|omat tieto\w*|omia tieto\w*|tietosuoja\w*|tallennett\w*"
        r"|tallensi\w*|tallentami\w*"
    ),
    "sv": _words(r"inspelning\w*|spelade in|spelats in|ljudfil\w*|personuppgift\w*|mina uppgifter"),
    "en": _words(r"recording\w*|recorded|audio file\w*|personal data|my data|personal information"),
}
_WANTS = {
    "fi": _words(
        r"halua\w*|pyydä\w*|pyytä\w*|pyyn\w*|vaadi\w*|saada|saanko|saisinko|voisinko"
        r"|voinko|kopio\w*"
        r"|kuunnel\w*|kuulla|poist\w*|lähettä\w*|toimitta\w*|oikais\w*|tarkast\w*|kieltä\w*|kiellän"
        r"|vastusta\w*|rajoit\w*|siirtä\w*"
    ),
    "sv": _words(
        r"vill|begär\w*|önskar|önskan|kan jag|få|kopia\w*|lyssna\w*|höra|radera\w*"
        r"|ta bort|skicka\w*"
        r"|utdrag\w*|rätta\w*|invänd\w*|motsätt\w*|begräns\w*|överför\w*"
    ),
    "en": _words(
        r"want|wish|would like|request\w*|please|can i|could i|may i|copy|copies"
        r"|listen\w*|hear|delet\w*"
        r"|eras\w*|remov\w*|send|correct\w*|object\w*|restrict\w*|obtain|access|provide|transfer\w*"
    ),
}
_RIGHTS = {
    Right.COPY: _words(
        r"kopio\w*|lähettä\w*|toimitta\w*|kopia\w*|skicka\w*|copy|copies|send|provide"
    ),
    Right.LISTENING: _words(r"kuunnel\w*|kuulla|lyssna\w*|höra|listen\w*|hear(?!d)"),
    Right.INFORMATION: _words(
        r"tarkastuspyyn\w*|tarkastaa|tietopyyn\w*|mitä tietoja|registerutdrag\w*|vilka uppgifter"
        r"|subject access\w*|what data|which data|article 15|right of access"
    ),
    Right.RECTIFICATION: _words(
        r"oikais\w*|korjat\w*|korjaa\w*|rätta\w*|rättelse\w*|correct\w*|rectif\w*"
    ),
    Right.ERASURE: _words(
        r"poist\w*|tuhota|tuhoa\w*|radera\w*|ta bort|delet\w*|eras\w*|be forgotten"
    ),
    Right.RESTRICTION: _words(r"rajoit\w*|begränsa behandl\w*|begränsning\w*|restrict\w*"),
    Right.OBJECTION: _words(
        r"vastusta\w*|kiellän|kieltä\w*|invänd\w*|motsätt\w*|object(?:ion)?(?!\w)"
    ),
    Right.PORTABILITY: _words(
        r"siirtää järjestelm\w*|siirto-oike\w*|dataportabilitet\w*|portab\w*"
    ),
}


def wish(subject: str, text: str) -> Wish | None:
    """None for ordinary mail."""
    own = _POLICIES.sub(" ", f"{subject}\n{QUOTED.sub(' ', text)}")
    scores = {
        tongue: (2 * len(_ALONE[tongue].findall(own)), len(_THINGS[tongue].findall(own)))
        for tongue in _ALONE
    }
    wanting = {tongue: len(_WANTS[tongue].findall(own)) for tongue in _WANTS}
    if not any(alone or (things and wanting[one]) for one, (alone, things) in scores.items()):
        return None
    best = max(scores, key=lambda one: (sum(scores[one]) > 0, sum(scores[one]) + wanting[one]))
    return Wish(asked(own), best)


def asked(text: str) -> tuple[str, ...]:
    """Where the words name no right, a copy: whoever writes for a recording wants to have it."""
    found = tuple(right.value for right, words in _RIGHTS.items() if words.search(text))
    return found or (Right.COPY.value,)


def tongue_of(text: str) -> str:
    """The language that most words are of; empty for none."""
    counts = {one: len(_WANTS[one].findall(text)) for one in _WANTS}
    best = max(counts, key=lambda one: counts[one])
    return best if counts[best] else ""
