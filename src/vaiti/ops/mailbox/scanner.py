"""The operator's own command that looks for malware: it reads the octets and ends with a status."""

import subprocess
from collections.abc import Sequence

from vaiti.ops.settings import Settings
from vaiti.rights.papers import PaperRules, Verdict

PATIENCE_S = 60
CLEAN, FOUND = 0, 1
"""As clamdscan and others end."""


class CommandScanner:
    """`failed` counts how often it said nothing."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.failed = 0

    def __call__(self, content: bytes) -> Verdict:
        try:
            done = subprocess.run(
                self.command,
                input=content,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_S,
                check=False,
            ).returncode
        except (OSError, subprocess.TimeoutExpired):
            done = -1
        if done in (CLEAN, FOUND):
            return Verdict.CLEAN if done == CLEAN else Verdict.INFECTED
        self.failed += 1
        return Verdict.FAILED


def paper_rules(settings: Settings, scanner: CommandScanner | None = None) -> PaperRules:
    """Of scans and attachments alike."""
    rules = settings.mailbox
    if scanner is None and rules.scanner:
        scanner = CommandScanner(rules.scanner)
    return PaperRules(rules.attachment_mib << 20, rules.attachments, scanner)
