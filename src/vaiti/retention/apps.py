"""Registers this room's tables with Django."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "vaiti.retention"
    label = "retention"
    default_auto_field = "django.db.models.BigAutoField"
