"""What arrivals write into the columns of leads that are known already, by one rule for each column.

Blanks are filled; a column may also be overwritten, or be left alone. Whatever an import writes is noted
with what stood there before, so that its undo can put it back.
"""

from collections.abc import Iterable, Mapping

TEXTS = (
    "email", "phone", "postal_address", "outside_id", "first_name", "last_name", "country", "time_zone",
)  # fmt: skip
KEYS = ("account_id", "source_id", "campaign_id")
ANYHOW = ("email", "outside_id")  # the same whatever its case
COLUMNS = TEXTS + KEYS
#: What an import's target fills, where the column has another name.
COLUMN_OF = {"company": "account_id", "domain": "account_id", "source": "source_id",
             "campaign": "campaign_id"}  # fmt: skip

#: One row for each lead, its first; leads are locked by then, so what is read here still stands.
WRITE = """
    WITH gain AS (
        SELECT DISTINCT ON (lead.id) lead.id,
               jsonb_strip_nulls(jsonb_build_object({before})) AS before,
               jsonb_strip_nulls(jsonb_build_object({after})) AS after
        FROM arriving JOIN leads_lead lead ON lead.id = arriving.lead_id
        WHERE first AND ({gains})
        ORDER BY lead.id, line
    ), noted AS (
        INSERT INTO leads_replacement (batch_id, lead_id, before, after)
        SELECT %(batch)s, id, before, after FROM gain WHERE %(batch)s::bigint IS NOT NULL
    )
    UPDATE leads_lead lead SET {sets} FROM gain WHERE lead.id = gain.id RETURNING lead.id
"""


def overwritten(rules: Mapping[str, str]) -> list[str]:
    """The columns that these rules, by target, write over."""
    return _ruled(rules, "overwrite")


def filled(rules: Mapping[str, str]) -> list[str]:
    """The columns whose blanks are filled: all, unless a rule says otherwise."""
    apart = {*_ruled(rules, "overwrite"), *_ruled(rules, "never")}
    return [column for column in COLUMNS if column not in apart]


def _ruled(rules: Mapping[str, str], word: str) -> list[str]:
    found = {COLUMN_OF.get(target, target) for target, rule in rules.items() if rule == word}
    return [column for column in COLUMNS if column in found]


def write(columns: Iterable[str], *, over: bool) -> str:
    """The statement that fills these columns where they are blank, or writes over what they hold."""
    gains = {column: _gain(column, over) for column in columns}
    return WRITE.format(
        before=", ".join(f"'{name}', CASE WHEN {gain} THEN lead.{name} END" for name, gain in gains.items()),
        after=", ".join(
            f"'{name}', CASE WHEN {gain} THEN arriving.{name} END" for name, gain in gains.items()
        ),
        gains=" OR ".join(f"({gain})" for gain in gains.values()),
        sets=", ".join(f"{name} = {_written(name)}" for name in gains),
    )


def _gain(name: str, over: bool) -> str:
    if name in KEYS:
        test = f"arriving.{name} IS DISTINCT FROM lead.{name}" if over else f"lead.{name} IS NULL"
        return f"arriving.{name} IS NOT NULL AND {test}"
    same = (
        f"lower(arriving.{name}) <> lower(lead.{name})"
        if name in ANYHOW
        else f"arriving.{name} <> lead.{name}"
    )
    return f"arriving.{name} <> '' AND " + (same if over else f"lead.{name} = ''")


def _written(name: str) -> str:
    kind = "::bigint" if name in KEYS else ""
    return f"COALESCE((gain.after->>'{name}'){kind}, lead.{name})"
