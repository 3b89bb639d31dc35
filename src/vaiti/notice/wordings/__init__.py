"""The notices that come with the software: a postal company's, and a bank's help desk's."""

from importlib.resources import files
from typing import Literal

Name = Literal["reference", "helpdesk"]


def text_of(name: Name) -> str:
    return files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
