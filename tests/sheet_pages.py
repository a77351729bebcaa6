"""What the pages of score sheets are sent in tests, and sheets that are signed."""

from django.urls import reverse

from leads.models import ScoreSheet
from tests import make
from tests import make_scores as made

TITLED = {"field": "country", "op": "is", "value": "NO"}
BEHAVIOUR = {
    "seen": "0", "label": "Price pages", "points": "15", "cap": "45", "group": "", "kind": "visit",
    "asset_kind": "", "about_starts": "/prices/", "unit": "day", "half_life_days": "30", "least_grade": "2",
}  # fmt: skip
WHO = {
    "seen": "0", "label": "Norwegians", "points": "15", "cap": "", "group": "",
    "who-join": "all", "who-field_0": "country", "who-op_0": "is", "who-value_0": "NO",
}  # fmt: skip


def typed(sheet, **changed):
    """What the sheet's form sends, with some boxes changed; `first_points` is a box of the first line."""
    sent = {
        "seen": str(sheet.lock),
        "marks": "",
        "likely_cap": "" if sheet.likely_cap is None else sheet.likely_cap,
    }
    for rule in sheet.rules.all():
        sent[f"r{rule.pk}_points"] = rule.points
        sent[f"r{rule.pk}_cap"] = "" if rule.cap is None else rule.cap
        sent[f"r{rule.pk}_group"] = rule.group_id or ""
    first = sheet.rules.first()
    for name, value in changed.items():
        sent[name.replace("first", f"r{first.pk}") if first else name] = value
    return sent


def save(client, sheet, **changed):
    return client.post(reverse("score_save", args=[sheet.pk]), typed(sheet, **changed))


def attempt(client, sheet, **changed):
    return client.post(reverse("score_try", args=[sheet.pk]), typed(sheet, **changed))


def frozen(*rules):
    sheet = made.sheet(*rules)
    ScoreSheet.objects.filter(pk=sheet.pk).update(frozen_at=make.MONDAY_9AM)
    sheet.refresh_from_db()
    return sheet


def add(client, sheet, sent, about="engagement", **changed):
    url = reverse("score_rule_new", args=[sheet.pk])
    return client.post(f"{url}?about={about}", {**sent, **changed})
