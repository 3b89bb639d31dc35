"""This room's tables, for Django to find."""

from vaiti.rights.case_models import Case
from vaiti.rights.copy_models import Package, PackageCall

__all__ = ["Case", "Package", "PackageCall"]
