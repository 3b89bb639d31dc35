"""Checks of who may hear what, and that every listening is written down and provable."""

import base64
import json
import re
import time
from collections.abc import Sequence
from typing import Any

from vaiti.ops.outside import log
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.recording import listen, plain_id, press_listen
from vaiti.ops.outside.world import World, wait_for

OPENED = "access:listening:opened"
PURPOSE, REFERENCE = "training", "KURS-2026-7"
PLACED = 20.0
"""Seconds within which the worker gives an entry its place; what has none is not exported."""


def colleague_sees_nothing(world: World) -> str:
    """A colleague's list lacks the call; its page, its sound and a made-up call all answer 404."""
    stranger = world.visitor(world.colleague)
    shown = {row.call for row in stranger.page("/calls/").rows}
    demand(world.plain.call not in shown, "the colleague's list shows the call")
    missing = stranger.get(f"/calls/{'0' * 32}/")
    hidden = stranger.get(f"/calls/{world.plain.call}/")
    demand(hidden.status == 404, f"the call answers a colleague with {hidden.status}")
    demand(missing.status == 404, f"a call that is none answers {missing.status}")
    same = hidden.text.replace(world.plain.call, "0" * 32)
    demand(
        without_tokens(same) == without_tokens(missing.text),
        "a colleague can tell a hidden call from one that is none",
    )
    owner = world.visitor(world.owner)
    answer = press_listen(owner, world.plain)
    for address in (text for text in Page(answer.text).addresses if "/audio/" in text):
        status = stranger.get(address).status
        demand(status == 404, f"the sound answers a colleague with {status}")
    return "404, the same page as for a call that is none"


def without_tokens(text: str) -> str:
    """The page without its forms' random tokens."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def manager_says_why(world: World) -> str:
    """The manager of the agent hears the call only for a purpose and with a reference."""
    visitor = world.visitor(world.manager)
    bare = press_listen(visitor, world.plain)
    demand(bare.status == 422, f"listening without a purpose answered {bare.status}")
    half = press_listen(visitor, world.plain, purpose=PURPOSE)
    demand(half.status == 422, f"listening without a reference answered {half.status}")
    heard = listen(world, world.manager, world.plain, purpose=PURPOSE, reference=REFERENCE)
    return f"422 twice, then {heard.lanes.shape[1] / heard.rate:.0f} s of sound"


def listenings_logged(world: World) -> str:
    """Every listening so far is in the log: who, which call, and the manager's why."""
    logins = world.rows("SELECT id, login FROM people_person")
    people = {login: plain_id(person) for person, login in logins}

    def written() -> bool:
        found = [each for each in entries_of(world) if each["kind"] == OPENED]
        return {people[world.owner], people[world.manager]} <= {actor(each) for each in found}

    wait_for("a listening is not in the log", written)
    entries = entries_of(world)
    why = [facts(found) for found in entries if found["kind"] == OPENED]
    demand(
        any(PURPOSE in fact.values() and REFERENCE in fact.values() for fact in why),
        "the manager's purpose and reference are not in the log",
    )
    given = world.rows("SELECT audit_leaf, heard FROM access_listening")
    leaves = {plain_id(leaf) for leaf, _ in given}
    missing = leaves - opened(entries)
    began = time.monotonic()
    while missing and time.monotonic() - began < PLACED:
        time.sleep(0.5)
        missing = leaves - opened(entries_of(world))
    demand(not missing, f"{len(missing)} listenings have no entry in the log")
    demand(any(heard not in ("[]", []) for _, heard in given), "no stretch heard is kept")
    page = world.visitor(world.auditor).page("/log/")
    demand(page.entries > 0, "the auditor's page shows no entries")
    return f"{len(leaves)} listenings"


def opened(entries: Sequence[dict[str, Any]]) -> set[str]:
    return {found["id"] for found in entries if found["kind"] == OPENED and "body" in found}


def log_verifies(world: World) -> str:
    """The exported log has the root that its signed checkpoints state, worked out anew."""
    return f"{verified(world)} entries"


def verified(world: World) -> int:
    """Verifies the log against the newest checkpoint on the disk; its number of entries."""
    public = (world.data / "secrets" / "checkpoint.pub").read_bytes()
    note = (world.data / "checkpoints" / "latest").read_text(encoding="utf-8")
    return log.verify(entries_of(world), log.read_note(note, public))


def entries_of(world: World) -> Sequence[dict[str, Any]]:
    """The log as the command exports it."""
    target = world.workshop / "log.jsonl"
    target.unlink(missing_ok=True)
    world.vaiti("audit", "export", "--data", str(world.data), "--to", str(target))
    return log.read_log(target)


def actor(entry: dict[str, Any]) -> str:
    return str(json.loads(entry["body"])["actor"]) if "body" in entry else ""


def facts(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry["body"])["facts"] if "body" in entry else {}
    return found


def sealed_key(world: World) -> bytes:
    """The call's own key as the key store holds it, sealed."""
    rows = world.keys(f"SELECT sealed FROM call WHERE call_id = '{world.plain.call}'")
    demand(len(rows) == 1, "the key store has no key for the call")
    found = rows[0][0]
    return found if isinstance(found, bytes) else base64.b64decode(found)
