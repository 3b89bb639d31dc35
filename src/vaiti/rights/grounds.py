"""Why a right is refused, wholly or in part: a closed list, each with its law (N-47). Pure."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from vaiti.rights.asking import Right

_CALLS = frozenset(set(Right) - {Right.INFORMATION})
_ACCESS = frozenset({Right.COPY, Right.LISTENING, Right.PORTABILITY})
_PORTABLE = frozenset({"consent", "contract"})
_INTEREST = frozenset({"legitimate_interest"})


@dataclass(frozen=True, slots=True)
class Ground:
    """`law` is an article of the General Data Protection Regulation. It is no ground where the
    notice names one of the legal bases `unless`, and one only where it names one of `only`."""

    law: str
    rights: frozenset[Right]
    in_part: bool = True
    unless: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()


GROUNDS: Mapping[str, Ground] = {
    "not_identified": Ground("11(2), 12(2), 12(6)", _CALLS, in_part=False),
    "excessive": Ground("12(5)", frozenset(Right)),
    "none_kept": Ground("15(1)", _CALLS),
    "others_rights": Ground("15(4)", _ACCESS),
    "accurate": Ground("16", frozenset({Right.RECTIFICATION, Right.COMPLETION})),
    "still_needed": Ground("17(1)", frozenset({Right.ERASURE})),
    "law_obliges": Ground("17(3)(b)", frozenset({Right.ERASURE})),
    "legal_claim": Ground("17(3)(e)", frozenset({Right.ERASURE, Right.OBJECTION})),
    "no_ground_18": Ground("18(1)", frozenset({Right.RESTRICTION})),
    "no_consent": Ground("20(1)", frozenset({Right.PORTABILITY}), unless=_PORTABLE),
    "no_interest": Ground("21(1)", frozenset({Right.OBJECTION}), unless=_INTEREST),
    "compelling": Ground("21(1)", frozenset({Right.OBJECTION}), only=_INTEREST),
}


def fits(code: str, right: Right, outcome: str, bases: Set[str]) -> bool:
    """`bases`: the legal bases that the call's notice names; empty where it is a text alone."""
    ground = GROUNDS.get(code)
    if ground is None or right not in ground.rights or not stands(ground, bases):
        return False
    return ground.in_part or outcome == "refused"


def stands(ground: Ground, bases: Set[str]) -> bool:
    """Whether the notice lets it be a ground. Where nobody knows, whoever decides does."""
    if not bases:
        return True
    return not ground.unless & bases and (not ground.only or bool(ground.only & bases))
