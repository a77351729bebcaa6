"""The one door: forms, files, colleagues and the API-to-be bring arrivals, and all become leads alike.

The same e-mail (whatever its case) or the same outside id is the same person: blanks are filled, facts
are added, what stands is overwritten only where a rule says so, and whoever was closed and comes back
starts a new episode.
Everything happens in the caller's transaction, in a constant number of statements for each 10,000.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads import consenting, custody, facts, filling, news, staging, suspecting
from leads.arrivals import Arrival
from leads.gathering import gather
from leads.models import Channel, Custodian, Custody, Import, Lead, Saying, Stage
from people.models import User

CHUNK, MANY = 10_000, 100
STEPS_BACK = (Stage.RECYCLED, Stage.DISQUALIFIED)


@dataclass(slots=True)
class Admission:
    """What became of arrivals: a lead for each (None where refused), and how many were new or changed."""

    lead_ids: list[int | None] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refusals: list[tuple[int, str, str]] = field(default_factory=list)  # index, column, problem


@dataclass(frozen=True, slots=True)
class Visit:
    """What all arrivals of one admission share."""

    at: datetime
    known_at: datetime
    by: User | None
    batch: Import | None
    saying: int
    rules: Mapping[str, str]  # target (a fact as “fact:key”): overwrite, fill or never

    @property
    def parameters(self) -> dict:
        return {
            "at": self.at,
            "by": self.by and self.by.pk,
            "batch": self.batch and self.batch.pk,
            "saying": int(self.saying),
            "reason": self.reason,
            "blanks_only": self._facts_by("fill"),
            "new_only": self._facts_by("never"),
        }

    def _facts_by(self, rule: str) -> list[str]:
        ruled = (target for target, chosen in self.rules.items() if chosen == rule)
        return [target.removeprefix("fact:") for target in ruled if target.startswith("fact:")]

    @property
    def reason(self) -> str:
        """Why they are here, as custody and history tell it."""
        return (_("Imported from %s") % self.batch.name)[:120] if self.batch else _("New lead")


@transaction.atomic
def admit(
    arrivals: Iterable[Arrival],
    *,
    at: datetime,
    known_at: datetime | None = None,
    by: User | None = None,
    batch: Import | None = None,
    saying: int = Saying.SELF_REPORTED,
    rules: Mapping[str, str] | None = None,
) -> Admission:
    """Make leads of arrivals, or recognise who they are; refused ones are named with column and problem.

    `rules` say of a target what it does to whom we know: “overwrite”, “fill” blanks only or “never”.
    """
    visit = Visit(at, known_at or at, by, batch, saying, rules or {})
    admission, touched, rest = Admission(), set(), iter(arrivals)
    while arrived := list(islice(rest, CHUNK)):
        chunk = _Chunk(arrived, visit)
        chunk.admit()
        chunk.count(admission)
        touched |= chunk.created | chunk.changed | chunk.touched
    news.changed(sorted(touched), at=at)
    if 0 < admission.created + admission.updated <= suspecting.A_FEW:
        suspecting.suspect(at, sorted(touched))
    return admission


class _Chunk:
    """Up to 10,000 arrivals on their way through the staging table."""

    def __init__(self, arrivals: list[Arrival], visit: Visit):
        self.visit = visit
        self.gathered = gather(
            arrivals, at=visit.at, known_at=visit.known_at, dated=visit.batch is None, batch=visit.batch
        )
        self.lead_of: dict[int, int | None] = dict.fromkeys(range(len(arrivals)))
        self.created: set[int] = set()
        self.changed: set[int] = set()
        self.touched: set[int] = set()  # by what was said of their company

    def admit(self) -> None:
        """Run the statements in order."""
        with connection.cursor() as self.cursor:
            self._stage()
            self._resolve()
            self._create()
            if set(self.lead_of.values()) - self.created - {None}:
                self._write()
                self._reopen()
            self._learn()
            self._consent()
            self._run("TRUNCATE arriving" if len(self.gathered.rows) > MANY else "DELETE FROM arriving")

    def _run(self, statement: str, **parameters) -> list[tuple]:
        self.cursor.execute(statement, {**self.visit.parameters, **parameters})
        return self.cursor.fetchall() if self.cursor.description else []

    def _stage(self) -> None:
        rows = self.gathered.rows
        self._run(staging.QUICKLY)
        self._run(staging.TABLE)
        with self.cursor.copy(staging.COPY) as copy:
            for row in rows:
                copy.write_row(row.cells)
        if len(rows) > MANY:
            self._run("ANALYZE arriving")

    def _resolve(self) -> None:
        """Recognise people; who is one by e-mail and another by outside id is refused."""
        found = self._run(staging.RESOLVE) + self._run(staging.RESOLVE_MERGED)
        for same in (staging.SAME_PHONE, staging.SAME_ADDRESS):
            if any(not (row.texts["email"] or row.texts["outside_id"]) for row in self.gathered.rows):
                found += self._run(staging.RESOLVE_NAMES.format(same=same))
        if torn := [line for line, _lead, two in found if two]:
            problem = _("The e-mail belongs to one lead and the outside id to another.")
            self.gathered.refusals += [(line, "outside_id", problem) for line in torn]
            self._run(staging.REFUSE, lines=torn)
        self.lead_of |= {line: lead for line, lead, two in found if not two}

    def _create(self) -> None:
        """Insert whoever is new; whom somebody else inserted meanwhile is recognised after all."""
        for statement in (staging.MAKE_ACCOUNTS, staging.JOIN_ACCOUNTS, staging.JOIN_NAMED_ACCOUNTS):
            self._run(statement)
        self.created = {lead for (lead,) in self._run(staging.CREATE)}
        refused = self.gathered.refused
        rows = [row for row in self.gathered.rows if row.line not in refused]
        self.lead_of |= {row.line: row.new_id for row in rows if row.new_id in self.created}
        if any(self.lead_of[row.line] is None for row in rows):
            self._resolve()

    def _write(self) -> None:
        """Two rows may be found to be one known person only now, so blanks are filled until none is left."""
        self._run(staging.LOCK_ACCOUNTS)
        self._run(staging.LOCK_LEADS)
        if over := filling.overwritten(self.visit.rules):
            self.changed |= {lead for (lead,) in self._run(filling.write(over, over=True))}
        if blank := filling.filled(self.visit.rules):
            while found := self._run(filling.write(blank, over=False)):
                self.changed |= {lead for (lead,) in found}

    def _reopen(self) -> None:
        """Who was closed and comes back starts anew, in a marketer's hand."""
        back = self._run(staging.RETURNED)
        at, words = self.visit.at, _("Came back")
        for hand in Custodian.objects.filter(pk__in={custodian for _lead, custodian, _stage in back}):
            leads = [lead for lead, custodian, _stage in back if custodian == hand.pk]
            custody.reopen(
                leads, hand, next_action=Custody.Next.ENROLL, next_action_at=at, reason=words, at=at
            )
        anew = [lead for lead, _custodian, stage in back if stage in STEPS_BACK]
        Lead.objects.move(anew, Stage.LEAD, trigger=words, at=at, by=self.visit.by)
        self.changed |= {lead for lead, _custodian, _stage in back}

    def _learn(self) -> None:
        """Add what is said anew and refresh the winners; a new lead of one row came with theirs."""
        if not any(row.facts or row.account_facts for row in self.gathered.rows):
            return
        self._run(staging.LOCK_ACCOUNTS)
        self._run(staging.LOCK_LEADS)
        said = self._run(staging.APPEND_LEADS) + self._run(staging.APPEND_ACCOUNTS)
        followers = {self.lead_of[row.line] for row in self.gathered.rows if row.leader != row.line}
        leads = {lead for lead, _account, _field in said if lead} - (self.created - followers)
        accounts = {account for _lead, account, _field in said if account}
        facts.refresh(lead_ids=leads, field_ids={field for lead, _account, field in said if lead in leads})
        facts.refresh(account_ids=accounts, field_ids={field for _lead, account, field in said if account})
        told = self._run(staging.TOLD_OF, accounts=list(accounts)) if accounts else []
        self.changed |= leads | {lead for (lead,) in told}
        self.touched |= facts.people_of(accounts)

    def _consent(self) -> None:
        """A file cannot take back what somebody refused; whoever agrees on a form can."""
        agreed = {lead: row for row in self.gathered.rows if row.consent and (lead := self.lead_of[row.line])}
        if self.visit.batch and agreed:
            self.changed |= {lead for (lead,) in self._run(staging.CONSENT)}
        elif agreed:
            for lead, row in agreed.items():
                consenting.consent([lead], Channel.EMAIL, True, row.consent, at=row.at, by=self.visit.by)
            self.changed |= agreed.keys()

    def count(self, admission: Admission) -> None:
        """Say of every arrival what became of it: the first row of a person makes or changes the lead."""
        first, refused = len(admission.lead_ids), self.gathered.refused
        seen: set[int | None] = set()
        for line, lead in self.lead_of.items():
            admission.lead_ids.append(lead)
            if line in refused:
                continue
            if lead in self.created and lead not in seen:
                admission.created += 1
            elif lead in self.changed and lead not in seen:
                admission.updated += 1
            else:
                admission.unchanged += 1
            seen.add(lead)
        admission.refusals += sorted(
            (first + line, column, problem) for line, column, problem in self.gathered.refusals
        )


__all__ = ["Admission", "Arrival", "admit"]
