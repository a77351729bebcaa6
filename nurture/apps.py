from django.apps import AppConfig


class NurtureConfig(AppConfig):
    name = "nurture"
    verbose_name = "Nurture"

    def ready(self):
        from nurture import (
            bulk,  # noqa: F401  registers what can be done to many leads
            checklist,  # noqa: F401  registers what is to be published
            finding,  # noqa: F401  registers what search finds among tracks
            merging,  # noqa: F401  registers what happens to touches when people are merged
            panels,  # noqa: F401  registers what is shown
        )
