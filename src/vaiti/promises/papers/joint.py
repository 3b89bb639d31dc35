"""The essence of what joint controllers have arranged, made available to people (Art. 26). Pure."""

from typing import TYPE_CHECKING

from vaiti.notice.sentences import Wording
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

if TYPE_CHECKING:  # a notice that is only a file is set without the database
    from vaiti.promises.papers.facts import Facts

NAME = "joint"


def sheet(facts: "Facts", language: str) -> Sheet:
    say, wording = Words(NAME, language), facts.wording
    told = {"controller": wording.controller.name}
    begins = say("begins", version=wording.version, **told)
    if not wording.joint:
        return Sheet(NAME, say("title"), language, (begins, say("alone", **told)), ())
    return Sheet(NAME, say("title"), language, (begins, say("lead")), parts(wording, language))


def parts(wording: Wording, language: str) -> list[Part]:
    """Of each joint controller who it is, how it is reached, and what it answers for."""
    say = Words(NAME, language)
    return [
        Part(
            one.name,
            (
                say("id", id=one.business_id, contact=one.contact),
                say("does", does=one.does[language]),
            ),
        )
        for one in wording.joint
    ]
