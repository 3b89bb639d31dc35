"""Placeholder until the web room is built."""
urlpatterns: list[object] = []
