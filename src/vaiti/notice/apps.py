"""Registers this room's tables with Django."""

from django.apps import AppConfig


class NoticeConfig(AppConfig):
    name = "vaiti.notice"
    label = "notice"
    default_auto_field = "django.db.models.BigAutoField"
