"""Import a file of won and lost deals and say what became of every row."""

from django.core.management.base import BaseCommand

from leads.imports.commanding import add_arguments, import_file
from leads.models import Import


class Command(BaseCommand):
    """Import a CSV file of won and lost deals of leads that are known."""

    help = "Imports a CSV file of outcomes. Importing it twice changes nothing."

    def add_arguments(self, parser):
        add_arguments(parser)

    def handle(self, *args, **options):
        import_file(Import.What.OUTCOMES, options, {}, self.stdout)
