"""Registers this room's tables with Django."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "vaiti.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"
