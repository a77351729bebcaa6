from django.apps import AppConfig


class HandoffConfig(AppConfig):
    name = "handoff"
    verbose_name = "Handoff"

    def ready(self):
        from handoff import (
            agreed,  # noqa: F401  says which agreements name a score sheet
            checklist,  # noqa: F401  registers what is to be signed
            finding,  # noqa: F401  registers what search finds among agreements
            merging,  # noqa: F401  registers what happens to handoffs when people are merged
            outcomes,  # noqa: F401  registers them as something to import
            panels,  # noqa: F401  registers what handoff says on composed pages
            proposing,  # noqa: F401  says how agreements would rate a lead
            receivers,  # noqa: F401  connects them
        )
