"""What can be asked of a lead: the standing terms, and one for every field that people have defined.

The SQL of every term speaks over the aliases of `FROM_LEADS`. Values that are dated (facts, ratings,
stages, named targets, signs of life) are also read as they were known at `%(at)s`: happened by then, and
known by then. `facts_of` selects the very same SQL, so Python and SQL judge the same values.
"""

# ruff: noqa: S608 - the SQL is put together from constants of our own and from fields' keys, which are words

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from leads.conditions import Term, Vocabulary
from leads.counting import GRADE, JOINED, human, regraded
from leads.models import Campaign, Field, Rating, Source, Stage

FROM_LEADS = """leads_lead lead
    LEFT JOIN leads_tally tally ON tally.lead_id = lead.id
    LEFT JOIN leads_account account ON account.id = lead.account_id"""

#: The same, when only some tallies come into question: the planner doesn't see that they are the leads'.
FROM_SOME_LEADS = FROM_LEADS.replace("tally.lead_id = lead.id", "tally.lead_id = lead.id AND {tallies}")

KNOWN = "{0}.at <= %(at)s AND {0}.known_at <= %(at)s"

FACT = f"""SELECT fact.value #>> '{{{{}}}}' FROM leads_fact fact
    WHERE fact.{{about}}_id = {{about}}.id AND fact.field_id = {{field}} AND {KNOWN.format("fact")}
    ORDER BY fact.saying DESC, fact.at DESC, fact.id DESC LIMIT 1"""

RATED = f"""SELECT rating.value FROM leads_rating rating
    WHERE rating.lead_id = lead.id AND rating.criterion = '{{0}}' AND {KNOWN.format("rating")}
    ORDER BY rating.at DESC, rating.id DESC LIMIT 1"""

#: A lead that was never moved by then stands where its first later move took it from.
STAGE = f"""COALESCE(
    (SELECT moved.to_stage FROM leads_stagechange moved
     WHERE moved.lead_id = lead.id AND {KNOWN.format("moved")} ORDER BY moved.at DESC, moved.id DESC LIMIT 1),
    (SELECT moved.from_stage FROM leads_stagechange moved
     WHERE moved.lead_id = lead.id ORDER BY moved.at, moved.id LIMIT 1),
    lead.stage)"""

#: An account without a dated standing is what it was from its beginning.
TARGET = f"""COALESCE(
    (SELECT standing.is_target FROM leads_accountstanding standing
     WHERE standing.account_id = account.id AND {KNOWN.format("standing")}
     ORDER BY standing.at DESC, standing.id DESC LIMIT 1),
    account.is_target AND NOT EXISTS (
        SELECT FROM leads_accountstanding standing WHERE standing.account_id = account.id),
    false)"""

SEEN = f"""SELECT max(activity.at) FROM leads_activity activity
    JOIN leads_identity identity ON identity.id = activity.identity_id
    {regraded("{0}.known_at <= %(at)s")}
    WHERE identity.lead_id = lead.id AND {KNOWN.format("activity")} AND {JOINED} AND {human(GRADE)}"""

THREE = (("1", "1"), ("2", "2"), ("3", "3"))
CRITERIA = [criterion.value for criterion in Rating.Criterion]


def vocabulary() -> Vocabulary:
    """Every term by its key, in three queries; a standing term hides a field of the same key."""
    terms = [*map(_of_field, Field.objects.all()), *_standing(), *_ratings()]
    return {term.key: term for term in terms}


def facts_of(lead_ids: Collection[int], *, at: datetime, as_of: bool = False) -> dict[int, dict[str, Any]]:
    """The values of every term for each lead, in a constant number of queries; None is unknown."""
    terms = vocabulary().values()
    columns = ", ".join(f"({term.sql_as_of if as_of else term.sql})" for term in terms)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT lead.id, {columns} FROM {FROM_LEADS} WHERE lead.id = ANY(%(leads)s)",
            {"leads": list(lead_ids), "at": at},
        )
        keys = [term.key for term in terms]
        return {lead_id: dict(zip(keys, values, strict=True)) for lead_id, *values in cursor}


def _of_field(field: Field) -> Term:
    return Term(
        field.key,
        field.label,
        field.type,
        sql=f"{field.about}.facts ->> '{_quoted(field.key)}'",
        sql_as_of=FACT.format(about=field.about, field=field.pk),
        choices=tuple((choice, choice) for choice in field.choices),
    )


def _quoted(key: str) -> str:
    """Keys are words, but a statement must not depend on who checked that."""
    return key.replace("'", "''").replace("%", "%%")


def _standing() -> list[Term]:
    return [
        _undated("email_domain", _("E-mail domain"), "text", "split_part(lead.email, '@', 2)"),
        _undated("country", _("Country"), "text", "lead.country"),
        _undated("account", _("Account"), "text", "account.name"),
        _named("source", _("Source"), Source),
        _named("campaign", _("Campaign"), Campaign),
        Term("stage", _("Stage"), "choice", "lead.stage", STAGE, _choices(Stage), "typed"),
        Term(
            "is_target",
            _("Named target"),
            "yes_no",
            "COALESCE(account.is_target, false)",
            TARGET,
            stored="typed",
        ),
        Term("last_seen", _("Last seen"), "date", "tally.last_human_at", SEEN, stored="instant"),
        Term("known_since", _("Known since"), "date", "lead.at", "lead.at", stored="instant"),
    ]


def _choices(of: type[Stage]) -> tuple[tuple[str, str], ...]:
    return tuple((choice, str(label)) for choice, label in of.choices)


def _undated(key: str, label: str, kind: str, sql: str) -> Term:
    return Term(key, label, kind, sql, sql, stored="typed")


def _named(key: str, label: str, model: type[Source] | type[Campaign]) -> Term:
    """A source or campaign goes by its name, which is unique and which an agreement can be read by."""
    sql = f"SELECT named.name FROM {model._meta.db_table} named WHERE named.id = lead.{key}_id"
    names = model.objects.values_list("name", flat=True)
    return Term(key, label, "choice", sql, sql, tuple((name, name) for name in names), "typed")


def _ratings() -> list[Term]:
    """The four criteria, and their sum: unknown while nothing is rated, else the sum of what is."""
    labels = dict(Rating.Criterion.choices)
    criteria = [
        Term(key, str(labels[key]), "number", f"lead.{key}", RATED.format(key), THREE, "typed")
        for key in CRITERIA
    ]
    now = f"CASE WHEN num_nonnulls({', '.join(f'lead.{key}' for key in CRITERIA)}) > 0 THEN lead.rating END"
    latest = ", ".join(f"(({RATED.format(key)}))" for key in CRITERIA)
    then = f"SELECT sum(one.value) FROM (VALUES {latest}) one(value)"
    return [*criteria, Term("rating", _("Rating"), "number", now, then, stored="typed")]
