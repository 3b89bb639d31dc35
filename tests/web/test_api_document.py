"""Whatever is asked of the API, the answer is one that its document promises; never a 500.

The checker of answers here shares no code with `web.api.shapes`.
"""

import json
import re
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import NOW, Cast
from vaiti.access.token_rules import PERSONAL, TokenScope
from vaiti.people.models import SignInFailure
from vaiti.rights.models import Case
from vaiti.web import calls as pages
from vaiti.web.api import document, frame
from web.api_caller import Program, program
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
"""As in production no transaction is open around a request: who writes must open one."""


Schema = dict[str, Any]
TOLD: Schema = json.loads(document.as_text())
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in TOLD["paths"].items()
    for method, operation in methods.items()
]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)


def fitting(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that the schema allows, and some that only look so."""
    if "anyOf" in schema:
        return st.one_of(*map(fitting, schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if kind == "object":
        parts = {name: fitting(part) for name, part in schema["properties"].items()}
        needed = {name: parts[name] for name in schema["required"]}
        others = {name: part for name, part in parts.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=others)
    if kind == "string":
        if schema.get("format") == "date":
            return st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(str) | st.just("2026-02-31")
        if "pattern" in schema:
            return st.from_regex(schema["pattern"])
        return st.text(max_size=schema["maxLength"] + 1)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(schema.get("minimum", 0) - 1, schema.get("maximum", 0) + 1),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    if kind == "array":
        return st.lists(fitting(schema["items"]), max_size=3)
    return simple[kind]


def written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@st.composite
def requests(draw: st.DrawFn, call: str) -> tuple[int, str, str, str, bytes, str]:
    """Which operation, method, path as documented, path, body, its kind."""
    number = draw(st.integers(0, len(OPERATIONS) - 1))
    method, path, operation = OPERATIONS[number]
    odd = ["0" * 32, "A" * 32, "a" * 33]
    one_id = st.just(call) | st.just(call) | st.sampled_from(odd) | st.text(min_size=1, max_size=9)
    place = re.sub(r"\{\w+\}", lambda _: quote(draw(one_id), safe=""), path).lstrip("/")
    query = []
    for one in operation["parameters"]:
        if one["in"] == "query" and draw(st.integers(0, 4)) == 0:
            query.append((one["name"], written(draw(fitting(one["schema"]) | st.text(max_size=9)))))
    if draw(st.integers(0, 9)) == 0:
        query.append((draw(st.text(max_size=5)), "x"))
    if query:
        place += "?" + urlencode(query, errors="replace")
    if draw(st.integers(0, 9)) == 0:
        method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]))
    body, kind = b"", "application/json"
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        value = draw(st.one_of(fitting(schema), fitting(schema), fitting(schema), JUNK))
        body = (
            json.dumps(value).encode() if draw(st.integers(0, 9)) else draw(st.binary(max_size=9))
        )
        if draw(st.integers(0, 19)) == 0:
            kind = "text/plain"
    return number, method, path, place, body, kind


def faults(schema: Schema, value: Any, at: str = "") -> list[str]:  # noqa: ANN401 - JSON
    """Where the answer is not as it was promised."""
    if "$ref" in schema:
        return faults(TOLD["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value, at)
    if "anyOf" in schema:
        return min((faults(one, value, at) for one in schema["anyOf"]), key=len)
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    kind = kinds.get(schema["type"], type(None))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        return [f"{at}: {value!r} is no {schema['type']}"]
    found = [] if "enum" not in schema or value in schema["enum"] else [f"{at}: {value!r}"]
    if isinstance(value, str):
        found += _faults_of_text(schema, value, at)
    if isinstance(value, int) and not isinstance(value, bool):
        within = schema.get("minimum", value) <= value <= schema.get("maximum", value)
        found += [] if within else [f"{at}: {value}"]
    if isinstance(value, list):
        found += [f"{at}: too many"] if len(value) > schema["maxItems"] else []
        found += [bad for one in value for bad in faults(schema["items"], one, f"{at}/-")]
    if isinstance(value, dict) and "properties" in schema:
        parts = schema["properties"]
        found += [f"{at}/{name}: missing" for name in schema["required"] if name not in value]
        found += [f"{at}/{name}: unknown" for name in value if name not in parts]
        known = [name for name in value if name in parts]
        found += [bad for name in known for bad in faults(parts[name], value[name], f"{at}/{name}")]
    return found


def _faults_of_text(schema: Schema, value: str, at: str) -> list[str]:
    fits = len(value) <= schema.get("maxLength", len(value))
    fits = fits and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)
    if schema.get("format") == "date-time":
        fits = fits and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    return [] if fits else [f"{at}: {value!r}"]


def check(holder: Program, asked: tuple[int, str, str, str, bytes, str]) -> int:
    number, method, path, place, body, kind = asked
    answer = holder.raw(method, place, body, kind)
    status, content = answer.status_code, getattr(answer, "content", b"")
    same = method in (OPERATIONS[number][0], "HEAD") and method != "OPTIONS"
    promised = OPERATIONS[number][2]["responses"] if same else {}
    assert status < 500 or status == 503, (asked, content)
    assert status in (404, 405, 401) or not same or str(status) in promised, (asked, status)
    assert answer["Cache-Control"] == "no-store" and not answer.cookies
    if method == "HEAD" or status == 204:
        assert content == b""
        return status
    told = json.loads(content)
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert faults({"$ref": "#/components/schemas/Problem"}, told) == []
        assert told["status"] == status
        assert (status == 405) == ("Allow" in answer.headers)
        return status
    schema = promised[str(status)]["content"]["application/json"]["schema"]
    assert answer["Content-Type"] == "application/json"
    assert faults(schema, told) == [], (path, told)
    return status


def test_n27_whatever_is_asked_is_answered_as_documented(cast: Cast, world: World) -> None:
    call = world.call("anna.astrom", "leila.virtanen", hold=(5, 9)).hex
    Case.objects.create(
        **{"id": call, "year": 2026, "serial": 9, "state": "received", "channel": "portal"},
        **{"capacity": "customer", "language": "fi", "country": "FI", "asked": ["copy"]},
        **{"arrived_on": NOW.date(), "registered_at": NOW, "registered_by": "system:test"},
    )
    machine = set(TokenScope) - PERSONAL
    holders = [
        program(*PERSONAL, person=cast.mikko, name="manager"),
        program(*PERSONAL, person=cast.anna, name="agent"),
        program(*machine, name="machine"),
        Program("vaiti-api-unknown"),
    ]
    seen: set[tuple[int, int]] = set()

    @settings(
        max_examples=250,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(st.integers(0, 8), requests(call))
    def ask(who: int, asked: tuple[int, str, str, str, bytes, str]) -> None:
        frame.PACE.forget()
        pages.LISTS.forget()
        SignInFailure.objects.all().delete()
        personal = asked[2].startswith(("/calls", "/live"))
        holder = holders[who % 2 if who < 6 and personal else 2 if who < 6 else who % 4]
        seen.add((asked[0], check(holder, asked)))

    reads = {n for n, one in enumerate(OPERATIONS) if one[0] == "GET" and "live" not in one[1]}
    for number in reads:  # plainly once, for what is made up may never fit each of them
        path = OPERATIONS[number][1]
        place = re.sub(r"\{\w+\}", call, path).lstrip("/")
        holder = holders[0 if path.startswith("/calls") else 2]
        plain = (number, "GET", path, place, b"", "application/json")
        seen.add((number, check(holder, plain)))
    ask()
    good = {number for number, status in seen if status in (200, 204)}
    assert good >= reads, [OPERATIONS[n][:2] for n in reads - good]
    assert {400, 401, 403, 404, 405, 415} <= {status for _number, status in seen}


def test_the_document_is_openapi_as_far_as_it_goes() -> None:
    assert TOLD["openapi"] == "3.1.0" and TOLD["security"] == [{"token": []}]
    for method, path, operation in OPERATIONS:
        named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)
        assert {"401", "403", "429"} <= set(operation["responses"])
        assert operation["summary"].endswith(".")
