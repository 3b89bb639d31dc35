"""Which key service the settings name."""

from vaiti.ops.settings import Settings
from vaiti.vault.keyfiles import read_passphrase
from vaiti.vault.keyservice import KeyService, PassphraseService


def service_of(settings: Settings) -> KeyService:
    """Raises SecretFileError and KeyStoreError."""
    return PassphraseService(read_passphrase(settings.secrets / "keystore.passphrase"))
