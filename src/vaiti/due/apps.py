"""Registers this room's tables with Django."""

from django.apps import AppConfig


class DueConfig(AppConfig):
    name = "vaiti.due"
    label = "due"
    default_auto_field = "django.db.models.BigAutoField"
