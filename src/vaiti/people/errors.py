"""The one error of this room's verbs about people."""


class EnrolmentError(ValueError):
    """What was asked cannot be entered; the sentence says what to change."""
