"""Judge a handoff again from what was stored, and compare."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from handoff import agreements
from handoff.judging import LeadFacts, Verdict, judge
from handoff.models import Handoff
from handoff.models import Verdict as VerdictRow

TRUTHS = {True: "yes", False: "no", None: "unknown"}


def differences(row: VerdictRow, again: Verdict) -> list[str]:
    """What a second judgement says otherwise than the stored one."""
    stored = (row.outcome, row.trigger, row.score, row.readings, row.lines)
    fresh = (again.outcome, again.trigger, again.score, again.as_readings(), again.as_lines())
    names = ("outcome", "trigger", "score", "readings", "lines")
    return [name for name, old, new in zip(names, stored, fresh, strict=True) if old != new]


class Command(BaseCommand):
    """Replays the verdict behind a handoff."""

    help = "Judge a handoff again from its stored inputs, and say whether the verdict is the same."

    def add_arguments(self, parser):
        parser.add_argument("handoff", help="the public id in the handoff's address")

    def handle(self, *args, **options):
        row = self.verdict_of(options["handoff"])
        again = judge(LeadFacts.parse(row.inputs), agreements.terms_of(row.agreement), row.at)
        self.stdout.write(
            f"{row.lead}, judged on {row.at:%Y-%m-%d %H:%M} UTC under"
            f" agreement {row.agreement.number} with {row.agreement.team}: {row.outcome}, {row.trigger}."
        )
        for reading in again.readings:
            self.stdout.write(f"  {TRUTHS[reading.truth]:<8} {reading.trigger:<13} {reading.says}")
        if differs := differences(row, again):
            raise CommandError(f"differs: {', '.join(differs)}")
        self.stdout.write("The same again: outcome, readings and score lines are equal.")

    def verdict_of(self, public_id: str) -> VerdictRow:
        try:
            found = Handoff.objects.select_related("verdict__agreement__team", "verdict__lead")
            handoff = found.get(public_id=public_id)
        except (Handoff.DoesNotExist, ValidationError) as trouble:
            raise CommandError(f"there is no handoff {public_id}") from trouble
        if handoff.verdict is None:
            raise CommandError("this handoff was made before any agreement was signed")
        return handoff.verdict
