"""Wiring that every process needs."""

from importlib import import_module

from django.apps import AppConfig


class Wiring(AppConfig):
    """Whoever queues work, a page too, does so through our Celery and not through its default."""

    name = "config"

    def ready(self) -> None:
        import_module("config.celery")
        import_module("config.finding")  # registers where one can go
