"""Says that this installation is the one that counts, so that mail may leave it again."""

from django.core.management.base import BaseCommand

from people import outbound


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        because = outbound.held()
        outbound.confirm()
        self.stdout.write(because or "Nothing was held.")
        self.stdout.write("Mail may leave from here.")
