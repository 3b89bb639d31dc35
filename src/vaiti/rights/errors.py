"""What a verb of this room refuses, and changes nothing then."""


class CaseRefused(Exception):
    """`code` says what to change; web.wording.case_words has its sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
