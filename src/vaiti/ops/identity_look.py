"""What the doctor sees of strong identification. Nobody is asked over the network."""

from collections.abc import Iterator

from vaiti.ops.finding import FAIL, OK, WARN, Finding
from vaiti.ops.network_keys import network_of
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.vault.keyfiles import SecretFileError, read_secret

ABOUT = "identity"


def look_at_identity(settings: Settings) -> Iterator[Finding]:
    """Whether the web process finds its keys or its secret there, fit for their purpose."""
    told = settings.identity
    if not told.issuer:
        return
    try:
        says = keys_said(settings) if told.network else secret_said(settings)
    except (WeakSettings, SecretFileError) as error:
        yield Finding(FAIL, ABOUT, str(error))
        return
    yield Finding(OK, ABOUT, says)
    if told.test:
        says = "test = true: whoever comes is a test person, and their requests count as identified"
        yield Finding(WARN, ABOUT, f"{says}; set it to false before people are let in")
    if told.network and not told.signed_keys:
        says = "the provider's keys are believed because they came over TLS; if it signs them, name"
        yield Finding(WARN, ABOUT, f"{says} signed_keys (docs/strong-identification.md)")


def keys_said(settings: Settings) -> str:
    """Raises WeakSettings."""
    own = network_of(settings).own
    return f"signs with key {own.signing[0].kid}, is written to with {own.opening[0].kid}"


def secret_said(settings: Settings) -> str:
    """Raises SecretFileError."""
    read_secret(settings.secrets / settings.identity.secret_file)
    return f"people are sent to {settings.identity.issuer}"
