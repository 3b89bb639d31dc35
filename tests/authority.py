"""A certificate authority for tests: certificates for recorders and peers, as PEM files."""

from pathlib import Path

from vaiti.ops.demo import authority
from vaiti.ops.phone.plan import Identity


class Authority(authority.Authority):
    """Gives its certificates to phones too."""

    def identity(self, name: str, trusts: Path) -> Identity:
        certificate, key, _ = self.issue(name)
        return Identity(str(certificate), str(key), str(trusts))
