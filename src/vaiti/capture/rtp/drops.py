"""Why a packet was not kept. Each reason is counted, per call, under its name in lower case."""

from enum import IntEnum


class Drop(IntEnum):
    """KEPT is none of them: it says that no reason was found."""

    KEPT = 0
    TOO_SHORT = 1
    TOO_LARGE = 2
    NOT_RTP = 3
    RTCP = 4
    BAD_HEADER = 5
    EMPTY = 6
    WRONG_SOURCE = 7
    WRONG_SSRC = 8
    WRONG_PAYLOAD_TYPE = 9
    DTMF = 10
    IGNORED_PAYLOAD_TYPE = 11
    DUPLICATE = 12
    TOO_OLD = 13
    SEQUENCE_JUMP = 14
    TOO_MANY_SOURCES = 15
    BEFORE_ANSWER = 16
    AFTER_END = 17
    ON_HOLD = 18
    DISK_FULL = 19
    BUFFER_FULL = 20
    PAUSED = 21
    UNPROVEN = 22
    KEY_SPENT = 23

    @property
    def label(self) -> str:
        """The name under which manifests and counters know it."""
        return self.name.lower()
