"""Registers this room's tables with Django."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "vaiti.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
