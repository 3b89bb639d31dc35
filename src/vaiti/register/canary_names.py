"""How a test call of our own is known among others. Pure."""

from uuid import UUID

PEER = "canary"
DEVICE = r"canary-[0-9a-f]{32}"
"""The agent's device of a canary: its row's id, which nobody else knows."""


def device(canary: UUID) -> str:
    return f"canary-{canary.hex}"
