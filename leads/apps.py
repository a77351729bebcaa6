from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = "Leads"

    def ready(self):
        from leads import (
            finding,  # noqa: F401  registers what search finds among leads
            panels,  # noqa: F401  registers what leads say on composed pages
        )
        from leads.bulk import verbs  # noqa: F401  registers what can be done to many
        from leads.imports import attending, people, spending, targeting  # noqa: F401  register what can be imported

        post_migrate.connect(ensure_standard_fields, sender=self)


def ensure_standard_fields(**kwargs):
    from leads import standard

    standard.ensure(using=kwargs["using"])
