"""Checks that certificate and log are verified by the exported verifier alone, far from Vaiti."""

import shutil
import subprocess
import sys
from pathlib import Path

from vaiti.ops.outside.ending import tombstone
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.world import World, wait_for

OFFICER = "daniel.ek"
SIGNED = 30.0
"""Seconds within which the log signs what was issued."""


def certificate_verified(world: World) -> str:
    """The officer issues the certificate of the day; the auditor verifies it, and the whole log."""
    demand(tombstone(world), "no call was destroyed yet")
    apart = world.workshop / "auditor"
    shutil.rmtree(apart, ignore_errors=True)
    apart.mkdir()
    fetch(world, apart)
    log = apart / "log.jsonl"
    world.vaiti("audit", "export", "--data", str(world.data), "--to", str(log))
    told = verifies(apart, "certificate", "certificate.json")
    listed = ("--call", world.plain.call, "--out", str(apart / "listed.json"))
    world.vaiti("prove", "certificate", "--data", str(world.data), *listed)
    verifies(apart, "certificate", "listed.json")
    verifies(apart, "log", "log.jsonl")
    forged = apart / "forged.json"
    forged.write_text((apart / "certificate.json").read_text().replace(world.plain.call, "0" * 32))
    refused = run(apart, "certificate", "forged.json").returncode
    demand(refused == 1, f"a forged certificate ends the verifier with {refused}")
    return told


def fetch(world: World, apart: Path) -> None:
    """What an auditor is given: certificate, paper, verifier and public key."""
    visitor = world.inside(OFFICER)
    found = world.rows("SELECT call, destruction_day FROM retention_tombstone")
    ((_, day),) = (row for row in found if plain_id(row[0]) == world.plain.call)
    path = f"/proof/{day}/"
    form = next(one for one in visitor.page(path).forms if one.action == path)
    visitor.submit(form)
    wait_for(
        "the log does not sign the certificate",
        lambda: visitor.get(f"{path}certificate.json").status == 200,
        SIGNED,
    )
    files = {
        "certificate.json": f"{path}certificate.json",
        "certificate.pdf": f"{path}certificate.pdf",
        "verify.pyz": "/proof/verifier",
        "key": "/proof/key",
    }
    for name, address in files.items():
        answer = visitor.get(address)
        demand(answer.status == 200, f"{address} answers the officer with {answer.status}")
        (apart / name).write_bytes(answer.body)
    paper = (apart / "certificate.pdf").read_bytes()
    demand(paper.startswith(b"%PDF-"), "the certificate on paper is no PDF")
    known = (world.data / "secrets" / "checkpoint.pub").read_bytes()
    demand((apart / "key").read_bytes() == known, "the page gives another key than the log's")


def verifies(apart: Path, what: str, name: str) -> str:
    done = run(apart, what, name)
    demand(done.returncode == 0, f"the {what} is not verified: {done.stdout.strip()[-300:]}")
    return done.stdout.splitlines()[1]


def run(apart: Path, what: str, name: str) -> subprocess.CompletedProcess[str]:
    """The verifier by itself: this Python takes nothing from its surroundings."""
    command = [sys.executable, "-I", "verify.pyz", what, name, "--key", "key"]
    return subprocess.run(command, cwd=apart, capture_output=True, text=True, check=False)
