"""What can be done to many leads at once. The upper apps add their verbs:

    @verb
    class Enroll(Verb):
        key, label, icon = "enroll", _("Add to a track"), "route"

A verb says who is left out and why; the preview, the run and the undo ask the same words.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django import forms

from people.access import MARKETERS
from people.models import User

Snapshot = dict[str, Any]


class Verb:
    """One thing that can be done to many leads, and taken back where it can."""

    key, icon, team = "", "", ""
    label: Any = ""
    groups: tuple[str, ...] = MARKETERS
    form: type[forms.Form] = forms.Form

    def says(self, params: Mapping[str, Any]) -> str:
        """What it does, as a sentence about the leads."""
        raise NotImplementedError

    def params(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """What was chosen, as it is stored."""
        return {name: getattr(value, "pk", value) for name, value in cleaned.items()}

    def left_out(self, lead_ids: Collection[int], params: Mapping[str, Any], at: datetime) -> dict[int, str]:
        """Who can't be changed, and why."""
        raise NotImplementedError

    def do(self, lead_ids: Collection[int], params: Mapping[str, Any], *, by: User, at: datetime) -> None:
        raise NotImplementedError

    def snapshot(self, lead_ids: Collection[int]) -> dict[int, Snapshot]:
        """How these leads stand, in all that the verb changes."""
        raise NotImplementedError

    def overtaken(self, lead_ids: Collection[int], since: datetime) -> dict[int, str]:
        """Who has gone on in a way that a snapshot doesn't show."""
        return {}

    def restore(self, before: Mapping[int, Snapshot], *, by: User, at: datetime) -> None:
        """Put these leads back where they stood."""
        raise NotImplementedError


_verbs: dict[str, Verb] = {}


def verb(made: type[Verb]) -> type[Verb]:
    """Register a verb; the list shows them in the order of registration."""
    _verbs[made.key] = made()
    return made


def verbs_for(user: User) -> list[Verb]:
    return [one for one in _verbs.values() if user.is_in(*one.groups)]


def verb_of(key: str) -> Verb:
    return _verbs[key]
