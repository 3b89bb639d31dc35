"""Who enters people, and who may look at who is who. Pure; it is about staff, never about calls."""

from collections.abc import Collection

ENTERS = frozenset({"administrator"})
LOOKS = ENTERS | {"dpo", "auditor"}
MINDS_WIDENINGS = frozenset({"dpo"})
LEADS = frozenset({"manager"})
CONFIRMS = frozenset({"administrator", "dpo"})


def enters_people(roles: Collection[str]) -> bool:
    """Whether somebody with `roles` adds people, grants roles and changes teams."""
    return bool(ENTERS & set(roles))


def loads_courses(roles: Collection[str]) -> bool:
    """Whether somebody with `roles` replaces the course that everybody must pass."""
    return bool(ENTERS & set(roles))


def looks_at_people(roles: Collection[str]) -> bool:
    """Whether somebody with `roles` may see who is who, and who had access on which day."""
    return bool(LOOKS & set(roles))


def minds_widenings(roles: Collection[str]) -> bool:
    """Whether it is this person's duty to look at what machines have widened."""
    return bool(MINDS_WIDENINGS & set(roles))


def confirms_people(roles: Collection[str]) -> bool:
    """Whether somebody with `roles` may be the one who confirms people outside teams."""
    return bool(CONFIRMS & set(roles))


def leads_people(roles: Collection[str]) -> bool:
    """Whether somebody with `roles` confirms teams and hands them over."""
    return bool(LEADS & set(roles))
