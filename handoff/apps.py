from django.apps import AppConfig


class HandoffConfig(AppConfig):
    name = "handoff"
    verbose_name = "Handoff"

    def ready(self):
        from handoff import (
            checklist,  # noqa: F401  registers what is to be signed
            outcomes,  # noqa: F401  registers them as something to import
            panels,  # noqa: F401  registers what handoff says on composed pages
            receivers,  # noqa: F401  connects them
        )
