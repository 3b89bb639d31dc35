"""Registers this room's tables with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "vaiti.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
