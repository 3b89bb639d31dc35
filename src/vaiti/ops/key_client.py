"""The key process's client with the hand that writes entries and signs grants for its work.

Who only looks at keys has a plain KeyClient, which can ask for nothing else.
"""

from vaiti.access.key_work import KeyWork
from vaiti.ops.clocks import clock_of
from vaiti.ops.settings import Settings
from vaiti.values.clock import Clock
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.keyfiles import read_seed


def working_client(settings: Settings, clock: Clock | None = None) -> KeyClient:
    seed = read_seed(settings.secrets / "grant.key")
    return KeyClient(settings.keys_socket, KeyWork(seed, clock or clock_of(settings)))
