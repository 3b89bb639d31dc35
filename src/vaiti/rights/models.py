"""This room's tables, for Django to find."""

from vaiti.rights.copy_models import Package, PackageCall

__all__ = ["Package", "PackageCall"]
