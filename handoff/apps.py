from django.apps import AppConfig


class HandoffConfig(AppConfig):
    name = "handoff"
    verbose_name = "Handoff"

    def ready(self):
        from handoff import (
            outcomes,  # noqa: F401  registers them as something to import
            receivers,  # noqa: F401  connects them
        )
