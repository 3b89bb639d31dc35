"""A peer with a password: who knows it is recorded, and a wrong one is counted and told of."""

import asyncio

from recorder.world import World
from vaiti.capture.orders import Peer
from vaiti.capture.sip.digest import password_hash
from vaiti.ops.phone.digest import Login

PASSWORD = "correct horse battery"
PEER = Peer(
    "sbc",
    ("127.0.0.0/8",),
    digest=("SHA-256",),
    digest_user="sbc",
    digest_sha256=password_hash("SHA-256", "sbc", PASSWORD),
)


def test_a_phone_with_the_password_is_recorded_and_others_are_counted(world: World) -> None:
    world.order(peers=(PEER,))

    def status(login: Login | None) -> int:
        plan = world.plan(login=login, seconds=1.0, hold=(0.3, 0.5))
        return asyncio.run(world.place(plan, b"\xd5" * 8000, b"\x55" * 8000)).status

    assert status(None) == 401
    assert status(Login("sbc", "a wrong password")) == 401
    assert status(Login("sbc", PASSWORD)) == 200
    world.wait_for(lambda: world.state()["wrong_credentials"] == 1)
    assert world.stop() == 0
    calls = [each.manifest for each in world.recorded() if each.manifest is not None]
    assert [(one.ended_by, len(one.holds)) for one in calls] == [("bye", 1)]
    assert "wrong_credentials" in [each["kind"] for each in world.events()]
