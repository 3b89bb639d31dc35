"""One source: a setting that contradicts the notice is refused with the words it would break."""

from collections.abc import Iterator

from vaiti.notice.sentences import Sentence, Wording
from vaiti.ops.eea import EEA, EU
from vaiti.ops.settings import Settings

AREAS = {"EEA": EEA, "EU": EU}
OF_US = ("name", "business_id", "privacy_contact")
ADDRESSES = ("postal_address", "visiting_address", "telephone")


def contradictions(settings: Settings, wording: Wording) -> Iterator[str]:
    """A sentence for each setting that says something else than callers are told."""
    yield from _of_the_controller(settings, wording)
    yield from _of_the_period(settings, wording)
    yield from _of_places(settings, wording)
    yield from _of_roles(settings, wording)
    yield from _of_purposes(settings, wording)


def _breaks(what: str, broken: Sentence) -> str:
    return f"{what}, but callers are told: {broken.quoted()}"


def _of_the_controller(settings: Settings, wording: Wording) -> Iterator[str]:
    for key in (*OF_US, *ADDRESSES):
        said, told = getattr(settings.controller, key), getattr(wording.controller, key)
        if said != told and (said or key in OF_US):
            broken = naming(wording, told)
            end = (
                _breaks("", broken)[2:] if broken else f"the notice's controller record has {told}"
            )
            yield f"{key} in [controller] is {said}; {end}"


def naming(wording: Wording, told: str) -> Sentence | None:
    """The first sentence in which it stands."""
    found = (one for one in wording.sentences if told and told in one.text["en"])
    return next(found, None)


def _of_the_period(settings: Settings, wording: Wording) -> Iterator[str]:
    months = settings.register.months
    if months > wording.promised.period_months:
        what = f"months in [register] is {months}, which is longer"
        yield _breaks(what, wording.saying("period_months"))


def _of_places(settings: Settings, wording: Wording) -> Iterator[str]:
    allowed = countries(wording)
    for place in settings.places:
        if place.country not in allowed:
            what = f"the [[place]] {place.role} is in {place.country}"
            yield _breaks(what, wording.saying("places"))


def countries(wording: Wording) -> frozenset[str]:
    """Where data may lie by the notice."""
    return frozenset().union(*(AREAS.get(one, {one}) for one in wording.promised.places))


def _of_roles(settings: Settings, wording: Wording) -> Iterator[str]:
    given = {
        "[scim]": (settings.scim.role, *settings.scim.roles.values()),
        "[emergency]": settings.emergency.roles,
        **{f"the [[provider]] {one.name}": one.roles.values() for one in settings.providers},
    }
    for where, roles in given.items():
        for role in sorted({*roles} - {""} - {*wording.promised.roles}):
            what = f"{where} lets the role {role} in"
            yield _breaks(what, wording.saying("roles"))


def _of_purposes(settings: Settings, wording: Wording) -> Iterator[str]:
    if settings.activities.lines and "training" not in wording.promised.purposes:
        what = "lines in [activities] gathers calls for training"
        yield _breaks(what, wording.saying("purposes"))
