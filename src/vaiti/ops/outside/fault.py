"""What a check raises when it finds something wrong."""


class Fault(Exception):
    """A promise is not kept; the sentence says which, and where it was seen."""


def demand(kept: bool, sentence: str) -> None:
    if not kept:
        raise Fault(sentence)
