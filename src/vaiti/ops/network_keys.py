"""Our keys for the Finnish Trust Network, read from the files that [identity] names."""

import json
from typing import Any

from vaiti.ops.settings import Settings, WeakSettings
from vaiti.people.own_keys import KeyUnfit, OwnKeys, own_keys
from vaiti.people.trust_network import Network
from vaiti.vault.keyfiles import SecretFileError, read_secret


def network_of(settings: Settings) -> Network:
    """Our keys and names in the Finnish Trust Network. Raises WeakSettings."""
    told = settings.identity
    return Network(
        own=own_keys_of(settings),
        service=told.service,
        audience=told.audience,
        keys_at=told.signed_keys,
        vouching=vouching_of(settings) if told.entity_keys else {},
    )


def own_keys_of(settings: Settings) -> OwnKeys:
    """Raises WeakSettings."""
    told = settings.identity

    def read(name: str) -> bytes:
        try:
            return read_secret(settings.secrets / name)
        except SecretFileError as error:
            raise WeakSettings(
                f"{error}; see [identity], or make it: vaiti identity key"
            ) from error

    signing, opening = map(read, told.signing_keys), map(read, told.encryption_keys)
    vouching = read(told.entity_key) if told.entity_key else None
    try:
        return own_keys((told.signature, told.content), [*signing], [*opening], vouching)
    except KeyUnfit as error:
        raise WeakSettings(f"a key of [identity] in {settings.secrets}: {error}") from error


def vouching_of(settings: Settings) -> dict[str, Any]:
    """The provider's keys that sign its key set. Raises WeakSettings."""
    path = settings.folder / settings.identity.entity_keys
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise WeakSettings(f"{path} is no key set (JSON) that can be read") from error
    if not isinstance(read, dict) or not isinstance(read.get("keys"), list) or not read["keys"]:
        raise WeakSettings(f'{path} is no key set: it has no "keys"')
    return read
