"""Looking up over HTTP: what is asked, what of the answer is kept, and when a directory is left alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from leads import reaching
from leads.models import Directory, DirectoryAnswer

KEPT = timedelta(days=30)
NOTHING = (204, 404, 410)  # statuses of “nothing is known”


class Resting(Exception):
    """It is left alone for now, and nobody's look-up has failed by that."""


@dataclass
class Web:
    """A directory as an adapter: asked once for each company or address in 30 days."""

    directory: Directory
    at: datetime

    @property
    def name(self) -> str:
        return f"directory-{self.directory.pk}"

    @property
    def since(self) -> datetime:
        return self.directory.at

    def look_up(self, email: str, domain: str) -> Mapping[str, Any]:
        """What it says; Resting or Unreachable where it says nothing."""
        key = email.lower() if "{email}" in self.directory.address else domain
        if not key:
            return {}
        known = DirectoryAnswer.objects.filter(
            directory=self.directory, key=key, at__gt=self.at - KEPT
        ).first()
        return known.answers if known else self._ask(email, domain, key)

    def _ask(self, email: str, domain: str, key: str) -> Mapping[str, Any]:
        if self.directory.rests(self.at):
            raise Resting
        try:
            told = self._fetched(email, domain)
        except reaching.Unreachable:
            self.directory.failed(self.at)
            raise
        self.directory.answered()
        answers = picked(told, self.directory.mapping)
        kept = {"answers": answers, "at": self.at}
        DirectoryAnswer.objects.update_or_create(directory=self.directory, key=key, defaults=kept)
        return answers

    def _fetched(self, email: str, domain: str) -> Any:
        place = self.directory.address.replace("{email}", quote(email, safe="@"))
        place = place.replace("{domain}", quote(domain, safe=""))
        secret = {self.directory.header: self.directory.secret} if self.directory.header else {}
        answer = reaching.fetch(place, secret)
        if answer.status in NOTHING:
            return {}
        if answer.status != 200:
            redirects = " and redirects are not followed" if 300 <= answer.status < 400 else ""
            raise reaching.Unreachable(f"it answered {answer.status}{redirects}")
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise reaching.Unreachable("its answer is not JSON") from None


def picked(told: Any, mapping: Mapping[str, str]) -> dict[str, Any]:
    """The answers by field; what stands nowhere, or is no single value, is left out."""
    found = {field: _at(told, place) for field, place in mapping.items()}
    return {field: value for field, value in found.items() if isinstance(value, str | int | float)}


def _at(told: Any, place: str) -> Any:
    """What stands at a place such as `company.sites.0.country`."""
    for step in place.split("."):
        if isinstance(told, dict):
            told = told.get(step)
        elif isinstance(told, list) and step.isdecimal() and len(step) < 6 and int(step) < len(told):
            told = told[int(step)]
        else:
            return None
    return told
