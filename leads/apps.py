from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = "Leads"

    def ready(self):
        post_migrate.connect(ensure_standard_fields, sender=self)


def ensure_standard_fields(**kwargs):
    from leads import standard

    standard.ensure(using=kwargs["using"])
