"""Registers this room's tables with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "vaiti.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
