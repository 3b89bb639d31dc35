"""The errors of this room's verbs about people."""


class EnrolmentError(ValueError):
    """What was asked cannot be entered; the sentence says what to change."""


class LoginTaken(EnrolmentError):
    """Another account has this login, or got it in this very moment."""

    def __init__(self) -> None:
        super().__init__("this login is taken; one account is for one person only")
