"""Registers this room's tables with Django."""

from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "vaiti.rights"
    label = "rights"
    default_auto_field = "django.db.models.BigAutoField"
