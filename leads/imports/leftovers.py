"""What an import made on its way (fields, sources, campaigns) and nobody uses once it is undone."""

from collections.abc import Collection, Iterator

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from leads.models import Campaign, Field, Import, Source

OURS = ("people", "leads", "nurture", "handoff")
#: Tables that grow with leads: what they say of a field, they say of people, and their own rows are asked.
OF_PEOPLE = {
    "lead", "account", "import", "mapping", "rejectedrow", "replacement", "verdict", "touch", "submission",
    "activity", "fact", "decision", "handoff", "offer", "opportunity", "tally",
}  # fmt: skip
MOST = 50


def remove(batch: Import) -> list[str]:
    """Remove what nothing else uses, by name."""
    gone = [str(one) for model in (Field, Campaign, Source) for one in _removed(model, batch)]
    return [_("Removed, because nothing else uses them: %s.") % ", ".join(gone)] if gone else []


def _removed(model, batch: Import) -> list[models.Model]:
    unused = model.objects.filter(imported_by=batch)
    for relation in model._meta.related_objects:
        rows = relation.related_model._default_manager.filter(**{relation.field.name: models.OuterRef("pk")})
        unused = unused.exclude(models.Exists(rows))
    made = list(unused[:MOST])
    if model is Field:
        spoken = spoken_of([field.key for field in made])
        made = [field for field in made if field.key not in spoken]
    model.objects.filter(pk__in=[one.pk for one in made]).delete()
    return made


def spoken_of(keys: Collection[str]) -> set[str]:
    """Those of the keys that a condition, an agreement or a saved view speaks of."""
    return {key for key in keys if any(_mentions(rows, name, key) for rows, name in _conditions())}


def _mentions(rows, name: str, key: str) -> bool:
    text = Cast(name, models.TextField())
    return rows.annotate(as_text=text).filter(as_text__contains=f'"{key}"').exists()


def _conditions() -> Iterator[tuple[models.QuerySet, str]]:
    for model in apps.get_models():
        if model._meta.app_label in OURS and model._meta.model_name not in OF_PEOPLE | {"field"}:
            for field in model._meta.concrete_fields:
                if isinstance(field, models.JSONField):
                    yield model._default_manager.all(), field.name
