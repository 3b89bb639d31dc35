"""The operator's own command that sends a one-time code: it reads number and text from a pipe.

Neither stands in an argument or in the environment, where other processes of the machine could read
them; what the command prints is thrown away, so that no log of ours gets the number from it.
"""

import os
import signal
import subprocess
from collections.abc import Sequence

from vaiti.ops.sections.number_codes import code_rules
from vaiti.ops.settings import Settings
from vaiti.rights.code_rules import CodeRules
from vaiti.values.personal import Personal

PATIENCE_S = 10
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class CommandGateway:
    """The first line of what the command reads is the number (+358401234567), the rest the text, in
    UTF-8. It ends with 0 once the message was taken; what it began goes with it when it is slow."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)

    def __call__(self, number: Personal[str], text: str) -> bool:
        try:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            return False
        with process:
            try:
                process.communicate(f"{number.reveal()}\n{text}\n".encode(), timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return False
        return process.returncode == 0


def code_rules_of(settings: Settings) -> CodeRules:
    told = settings.number_codes
    gateway = CommandGateway(told.command) if told.command else None
    return code_rules(told, settings.register.country, gateway)
