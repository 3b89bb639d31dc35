"""Checks the evidence of one call: a court verifies it alone, and learns where a bit flipped."""

import re
import shutil

from vaiti.ops.outside import proving
from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.page import Visitor
from vaiti.ops.outside.unzipped import unzipped
from vaiti.ops.outside.world import World, wait_for

SECRET = re.compile(r'<code class="secret">([^<]+)</code>')
SIGNED = 30.0
"""Seconds within which the log signs what was made."""
FLIPPED = (("sound.wav", 44 + 2 * 32_000 + 100, "second 2"), ("sealed.vs", 5_000, "segment 1"))
"""In which file a bit is flipped, at which byte, and what the verifier must say of the place."""


def room(world: World) -> str:
    return f"/copies/{world.request}/evidence/"


def make(world: World, visitor: Visitor) -> None:
    """Asked for when the copy is: the log signs both in one round."""
    form = visitor.page(room(world)).form(f"{room(world)}{world.lost.call}/make")
    status = visitor.submit(form).status
    demand(status == 200, f"making the evidence answered {status}")


def evidence_verified(world: World, visitor: Visitor) -> str:
    take(world, visitor)
    files = check_whole(world)
    check_flipped(world)
    return (
        f"{files} files verified alone; two flipped bits named by {FLIPPED[0][2]}, {FLIPPED[1][2]}"
    )


def take(world: World, visitor: Visitor) -> None:
    """The package, opened with its password and nothing of ours."""
    address = f"{room(world)}{world.lost.call}/take"

    def signed() -> bool:
        return any(one.action == address for one in visitor.page(room(world)).forms)

    wait_for("the log does not sign the evidence", signed, SIGNED)
    text = visitor.get(room(world)).text
    secret = SECRET.search(text)
    if secret is None:
        raise Fault("the evidence's password is not shown")
    answer = visitor.submit(visitor.page(room(world)).form(address), password=secret[1])
    demand(answer.status == 200, f"taking the evidence answered {answer.status}")
    folder = world.workshop / "court" / "package"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in unzipped(answer.body, secret[1]):
        (folder / name).write_bytes(content)
    for name, given in (("verify.pyz", "vaiti-verify.pyz"), ("key", "checkpoint.pub")):
        shutil.copy(folder / given, folder.parent / name)


def check_whole(world: World) -> int:
    """How many files there are."""
    apart = world.workshop / "court"
    known = (world.data / "secrets" / "checkpoint.pub").read_bytes()
    demand((apart / "key").read_bytes() == known, "the package has another key than the log's")
    proving.verifies(apart, "evidence", "package")
    return len(list((apart / "package").iterdir()))


def check_flipped(world: World) -> None:
    """One bit in each of two files: both are found, and where they are is said."""
    apart = world.workshop / "court"
    for name, at, _ in FLIPPED:
        path = apart / "package" / name
        content = bytearray(path.read_bytes())
        content[at] ^= 4
        path.write_bytes(content)
    done = proving.run(apart, "evidence", "package")
    demand(done.returncode == 1, f"with two flipped bits the verifier ends with {done.returncode}")
    for name, _, where in FLIPPED:
        told = any(name in one and where in one for one in done.stdout.splitlines())
        demand(told, f"the verifier does not say that a bit of {name} in {where} was flipped")
