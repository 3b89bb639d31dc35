"""This room's tables, for Django to find."""

from vaiti.rights.case_models import Case
from vaiti.rights.copy_models import Package, PackageCall
from vaiti.rights.letter_models import LetterRow

__all__ = ["Case", "LetterRow", "Package", "PackageCall"]
