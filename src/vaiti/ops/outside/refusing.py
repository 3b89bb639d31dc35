"""Checks that a refusal is complete: second look, reason, law, authority, court and address."""

from datetime import timedelta

from vaiti.ops.outside import proving
from vaiti.ops.outside.asking import today, written
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.wanted import do, form_of, handler
from vaiti.ops.outside.world import World

WHY = "Inget samtal den dagen finns i registret."
SAYS = {
    "reason": WHY,
    "law": "15(1)",
    "authority": "tietosuoja.fi",
    "court": "domstol",
    "address": "00011 POSTI",
}
"""What must stand in it, in the person's Swedish."""
NEVER = ("underskri", "allekirjoit", "[")


def refused_in_full(world: World) -> str:
    """The unsigned letter is answered: nothing is there, the officer agrees, the letter says it."""
    case, visitor = letter_case(world), handler(world)
    do(visitor, form_of(visitor, case, "prove"), proof=("I2", "I3"), document="")
    do(visitor, form_of(visitor, case, "identified"))
    day = written(today(world) - timedelta(days=12))
    searched = do(visitor, form_of(visitor, case, "search"), begins=day, ends=day, without="")
    demand("Calls found: 0." in searched.words, "the search finds what is not there")
    do(visitor, form_of(visitor, case, "searched"))
    given = {"point": "copy:", "outcome": "refused", "ground": "none_kept", "words": WHY}
    do(visitor, form_of(visitor, case, "decide"), **given)
    early = visitor.post(f"/cases/{case}/do/decided").status
    demand(early == 422, f"a refusal counts without its second look: {early}")
    officer = world.inside(proving.OFFICER)
    do(officer, form_of(officer, case, "review"), agree="yes")
    do(visitor, form_of(visitor, case, "decided"))
    room = f"/letters/{case}/"
    drafted = do(visitor, visitor.page(f"/cases/{case}/").form(room))
    letter = visitor.at
    check_says(drafted.text)
    paper = visitor.get(f"{letter}letter.pdf").body
    demand(paper.startswith(b"%PDF-"), "the letter on paper is no PDF")
    do(visitor, visitor.page(letter).form(letter), act="send", how="post")
    do(visitor, form_of(visitor, case, "close"))
    check_closed(world)
    return f"refused with {', '.join(SAYS)}; closed"


def letter_case(world: World) -> str:
    ((case,),) = world.rows("SELECT id FROM rights_case WHERE channel = 'letter'")
    return plain_id(case)


def check_says(page: str) -> None:
    for what, text in SAYS.items():
        demand(text in page, f"the refusal has no {what}")
    said = page.partition('<h2 lang="sv">')[2].partition("</form>")[0].casefold()
    for text in NEVER:
        demand(text not in said, f"the refusal has {text!r} in it")


def check_closed(world: World) -> None:
    """Closed as refused, with a letter that was sent."""
    case = letter_case(world)
    ((state, outcome),) = world.rows(f"SELECT state, outcome FROM rights_case WHERE id = '{case}'")
    demand((state, outcome) == ("closed", "refused"), f"the case is {state}, {outcome}")
    sent = world.rows("SELECT kind FROM rights_letter WHERE sent_at IS NOT NULL")
    demand(("refusal",) in sent, "no refusal was sent")
