from django.apps import AppConfig


class NurtureConfig(AppConfig):
    name = "nurture"
    verbose_name = "Nurture"

    def ready(self):
        from nurture import checklist, panels  # noqa: F401  register what is to be published, and what is shown
