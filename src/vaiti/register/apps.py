"""Registers this room's tables with Django."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "vaiti.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
