from django.apps import AppConfig


class NurtureConfig(AppConfig):
    name = "nurture"
    verbose_name = "Nurture"

    def ready(self):
        from nurture import checklist  # noqa: F401  registers what is to be published
