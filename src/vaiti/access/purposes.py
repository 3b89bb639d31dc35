"""The notice's four purposes and no others (N-04 to N-08). Pure."""

from enum import StrEnum


class Purpose(StrEnum):
    VERIFY = "verify"
    RIGHTS = "rights"
    TRAINING = "training"
    SECURITY = "security"
