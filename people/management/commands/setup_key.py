"""Shows where the first administrator sets Baton up, with the key; nothing once somebody works here."""

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from people import founding


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        if founding.is_open():
            self.stdout.write(f"{settings.SITE_URL}{reverse('setup')}?key={founding.key()}")
