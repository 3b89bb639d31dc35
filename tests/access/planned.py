"""Random plans: mostly the company as it is, with some of all that ends, moves and overlaps."""

from itertools import product

from hypothesis import strategies as st

from access.on_paper import (
    AGENT_OF,
    ALWAYS,
    BREAKABLE,
    FOREVER,
    LATELY,
    LINE_OF,
    LONG_AGO,
    WHO_USES,
    Broken,
    Handed,
    Matter,
    Place,
    Plan,
    Program,
    Span,
    Yes,
)

Held = tuple[str, str, Span]

NATURAL = {
    "anna": "service_agent",
    "leila": "sales_agent",
    "sofia": "service_agent",
    "mikko": "manager",
    "henrik": "manager",
}
PEOPLE = tuple(NATURAL)
MANAGERS = ("mikko", "henrik")
HOME = {"anna": 1, "leila": 1, "sofia": 2, "mikko": 1, "henrik": 2}
KINDS = (
    *("service_agent", "manager", "rights_handler", "dpo", "security_lead"),
    *("trainer", "administrator", "auditor", "assigner"),
)
CALLS = tuple(dict.fromkeys(call for call, _ in AGENT_OF))
MATTERS = (("case", "R-1"), ("activity", "A-1"), ("incident", "I-1"), ("incident", "I-2"))
OWN_REFERENCE = "REF-9"
EVERYDAY = (
    *(("verify", OWN_REFERENCE), ("rights", OWN_REFERENCE), ("training", OWN_REFERENCE)),
    *(("verify", "R-1"), ("training", "A-1"), ("rights", "A-1")),
)
STANDS_FOR = ("approval", "second_person", "naming", "training")
BREAKERS = ("manager", "rights_handler", "dpo", "administrator")


def times(mostly: int, other: int) -> st.SearchStrategy[int]:
    """`mostly`, and at times one of the ticks before `other`."""
    return st.sampled_from([mostly] * 8 * other + list(range(other)))


mostly = st.sampled_from([True, True, True, False])
spans = st.one_of(
    st.just(ALWAYS),
    st.just(ALWAYS),
    st.tuples(st.sampled_from([LONG_AGO, LATELY, 1, 2]), st.just(FOREVER)),
    st.tuples(st.just(LONG_AGO), st.sampled_from([LATELY, 1, 2, 3])),
)
short_spans = st.tuples(
    st.sampled_from([LATELY, LATELY, 1]), st.sampled_from([1, 3, FOREVER])
).filter(lambda span: span[0] < span[1])


def spans_of(back: int | None) -> st.SearchStrategy[Span]:
    """Of somebody who was away: mostly given anew when they came back."""
    return spans if back is None else st.one_of(st.just((back, FOREVER)), st.just(ALWAYS), spans)


@st.composite
def places_of(draw: st.DrawFn, who: str, back: int | None) -> list[Place]:
    """Where somebody is: mostly at home, at times moved, in two teams or in none."""
    home, leads = HOME[who], NATURAL[who] == "manager"
    other = 3 - home
    kind = draw(st.sampled_from(["home"] * 3 + ["both"] * 2 + ["moved", "other", "none"]))
    moved = draw(st.sampled_from([LATELY, 1, 2]))
    again = [Place(who, home, leads, (back, FOREVER))] if back is not None and draw(mostly) else []
    return (
        again
        + {
            "home": [Place(who, home, leads, draw(spans_of(back)))],
            "moved": [
                Place(who, home, leads, (LONG_AGO, moved)),
                Place(who, other, leads, (moved, FOREVER)),
            ],
            "both": [Place(who, home, leads, ALWAYS), Place(who, other, not leads, draw(spans))],
            "other": [Place(who, other, draw(st.booleans()), draw(spans))],
            "none": [],
        }[kind]
    )


@st.composite
def matters(draw: st.DrawFn, kind: str, reference: str, back: dict[str, int]) -> Matter:
    names = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    gathered = draw(st.frozensets(st.sampled_from(CALLS), min_size=2, max_size=5))
    asked = st.tuples(st.sampled_from(names), st.sampled_from(sorted(gathered)), short_spans)
    approved = draw(st.lists(asked, min_size=1, max_size=4)) if kind == "incident" else []
    return Matter(
        kind,
        reference,
        draw(times(FOREVER, 3)),
        tuple((who, draw(spans_of(back.get(who)))) for who in names),
        gathered,
        tuple({one[:2]: one for one in approved}.values()),
    )


@st.composite
def roles_of(draw: st.DrawFn, who: str, named: tuple[Matter, ...], back: int | None) -> list[Held]:
    """What they are, what the matters that name them ask for, mostly, and anything besides."""
    kinds = [NATURAL[who]] if draw(mostly) else []
    for one in named:
        kinds += [draw(st.sampled_from(sorted(WHO_USES[one.kind])))] if draw(mostly) else []
    kinds += draw(st.lists(st.sampled_from(KINDS), max_size=2))
    return [(who, kind, draw(spans_of(back))) for kind in dict.fromkeys(kinds)]


def some_of(names: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), min_size=1)


@st.composite
def broken(draw: st.DrawFn, found: tuple[Matter, ...]) -> tuple[Broken, ...]:
    """Who broke the glass: anybody, and mostly the managers; once for a matter."""
    who = st.sampled_from((*PEOPLE, *MANAGERS))
    those = [one.reference for one in found if one.kind in BREAKABLE]
    some = st.tuples(who, st.sampled_from(those), short_spans)
    made = draw(st.lists(some, min_size=5, max_size=10))
    return tuple(Broken(*one) for one in {one[:2]: one for one in made}.values())


@st.composite
def yeses(draw: st.DrawFn, back: dict[str, int]) -> tuple[Yes, ...]:
    returned = tuple(one for one in MANAGERS if one in back)
    who, call = st.sampled_from((*PEOPLE, *MANAGERS * 3, *returned * 9)), st.sampled_from(CALLS)
    some = st.tuples(who, call, st.sampled_from(EVERYDAY), short_spans)
    made = draw(st.lists(some, min_size=12, max_size=30))
    return tuple(Yes(*one) for one in {one[:3]: one for one in made}.values())


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, ...]:
    """One of each person, for all lines, for some, or for one that has no call yet."""
    lines = st.sampled_from([{"all"}, {"service"}, {"service", "test"}, {"sales"}, {"test"}])
    return tuple(
        Program(
            f"program-of-{who}", who, frozenset(draw(lines)), draw(st.one_of(spans, short_spans))
        )
        for who in PEOPLE
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    until = st.fixed_dictionaries({who: times(FOREVER, 4) for who in PEOPLE})
    receivers = [draw(st.sampled_from(MANAGERS * 2 + PEOPLE)) for _ in MANAGERS]
    handed = [pair for pair in zip(MANAGERS, receivers, strict=True) if pair[0] != pair[1]]
    sampler = draw(st.sampled_from(PEOPLE))
    leavers = st.sampled_from((*PEOPLE, *MANAGERS * 2))
    away = draw(st.dictionaries(leavers, st.sampled_from([0, 0, 1, 2]), max_size=2))
    found = tuple(draw(matters(*one, away)) for one in MATTERS)
    roles = []
    for who in PEOPLE:
        named = tuple(one for one in found if who in {name for name, _ in one.named})
        roles += draw(roles_of(who, named, away.get(who)))
    roles += [(sampler, kind, draw(spans)) for kind in ("auditor", "dpo") if draw(mostly)]
    askers = draw(st.sampled_from([(), ("manager",), ("manager", "trainer"), ("trainer",)]))
    asked_for = draw(st.frozensets(st.sampled_from(("verify", "rights", "training")), min_size=1))
    return Plan(
        roles=tuple(dict.fromkeys(roles)),
        places=tuple(one for who in PEOPLE for one in draw(places_of(who, away.get(who)))),
        handed=tuple(Handed(*pair, HOME[pair[0]], draw(short_spans)) for pair in handed),
        gone=draw(until),
        back=away,
        trained=draw(until),
        sworn=draw(until),
        matters=found,
        due=draw(st.fixed_dictionaries({call: times(FOREVER, 4) for call in CALLS})),
        objected=draw(st.frozensets(st.sampled_from(CALLS), max_size=2)),
        sampler=sampler,
        in_team=draw(st.sampled_from([False, False, True])),
        asked_of=frozenset(product(askers, asked_for)),
        yeses=draw(yeses(away)),
        breakers=draw(st.one_of(st.just(frozenset(BREAKERS)), some_of(BREAKERS))),
        stands_for=draw(st.one_of(st.just(frozenset(STANDS_FOR)), some_of(STANDS_FOR))),
        broken=draw(broken(found)),
        programs=draw(programs()),
        agents=AGENT_OF,
        lines=LINE_OF,
    )
