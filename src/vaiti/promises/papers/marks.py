"""How a check found things, in a word and a mood. Pure."""

from vaiti.promises.papers.words import Words
from vaiti.promises.standing import Looked

GOOD, WARN, BAD = "good", "warn", "bad"


def stands(look: Looked | None, say: Words) -> str:
    if look is None:
        return say.term("stands", "unseen")
    return say.term("stands", "kept" if look.kept else "broken")


def mood(look: Looked | None) -> str:
    return WARN if look is None else GOOD if look.kept else BAD
