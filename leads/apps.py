from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = "Leads"

    def ready(self):
        from leads import panels  # noqa: F401  registers what leads say on composed pages
        from leads.imports import people  # noqa: F401  registers leads as something to import

        post_migrate.connect(ensure_standard_fields, sender=self)


def ensure_standard_fields(**kwargs):
    from leads import standard

    standard.ensure(using=kwargs["using"])
