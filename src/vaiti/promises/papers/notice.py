"""The notice on paper: the controller's sentences in one language, under their headings. Pure."""

from datetime import datetime

from vaiti.notice.sentences import Wording
from vaiti.promises.papers import joint
from vaiti.promises.papers.days import written
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

NAME = "notice"


def sheet(wording: Wording, since: datetime | None, language: str) -> Sheet:
    """`since` is from when on it holds; None of one that is only written."""
    say = Words(NAME, language)
    told = {"controller": wording.controller.name, "version": wording.version}
    begins = (
        say("begins", **told, since=written(since, wording.promised.zone))
        if since
        else say("draft", **told)
    )
    parts: list[Part] = []
    lines: list[str] = []
    title = say("first")
    for one in wording.sentences:
        if one.id in wording.headings:
            if lines:
                parts.append(Part(title, tuple(lines)))
            title, lines = wording.headings[one.id][language], []
        lines.append(one.text[language])
    parts.append(Part(title, tuple(lines)))
    if wording.joint:
        said = Words(joint.NAME, language)
        parts.append(Part(said("title"), (said("lead"),)))
        parts += joint.parts(wording, language)
    return Sheet(NAME, say("title"), language, (begins,), tuple(parts))
