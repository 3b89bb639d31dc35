"""Registers this room's tables with Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "vaiti.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
