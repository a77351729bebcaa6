from django.apps import AppConfig
from django.db.models.signals import post_migrate


def ensure_groups(using, **kwargs):
    """The six groups exist after every migrate and every flush."""
    from django.contrib.auth.models import Group

    from people.models.user import GROUPS

    for name in GROUPS:
        Group.objects.using(using).get_or_create(name=name)


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = "People"

    def ready(self):
        from people import checklist  # noqa: F401  registers what a fresh installation needs

        post_migrate.connect(ensure_groups, sender=self)
