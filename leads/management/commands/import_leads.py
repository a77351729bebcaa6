"""Import a file of leads and say what became of every row."""

from django.core.management.base import BaseCommand

from leads.imports.commanding import add_arguments, import_file
from leads.models import Import


class Command(BaseCommand):
    """Import a CSV file of leads; columns are recognised by their names."""

    help = "Imports a CSV file of leads. Importing it twice changes nothing."

    def add_arguments(self, parser):
        add_arguments(parser)
        parser.add_argument("--source", default="", help="source of rows that name none")
        parser.add_argument(
            "--email-pattern", default="", help="for rows without one, such as {outside_id}@x.example"
        )
        parser.add_argument("--consent", default="", help="how we know that they agreed to e-mail")

    def handle(self, *args, **options):
        rules = {name: options[name] for name in ("source", "email_pattern", "consent") if options[name]}
        import_file(Import.What.LEADS, options, rules, self.stdout)
