"""Group commit: reports that arrive while a write runs share the next one, and each answer waits for its own.

One report at a time is a transaction at once. With thousands a second each transaction holds what has
gathered during the one before and in a moment after it, so that browsers just answered share the next one
instead of taking turns with the others. The statement is a function of the session, made from the one
definition of how tallies move; it takes its locks in the order of everybody else and waits for nobody: what
somebody else is writing to at the moment goes with the next batch.
"""

# ruff: noqa: S608 - the statements are put together from constants of our own

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from leads.tallying import note_fresh
from leads.visits import UNSOUND, Visit
from people.duty import direct

log = logging.getLogger(__name__)
BATCH, MOST = 500, 5_000  # reports in one write, and waiting for theirs
PATIENCE, PAUSE = 3.0, 0.02  # seconds: how long a report waits for locks of others, and between two tries
MOMENT = 0.002  # seconds in which a busy site is let gather more
RECONNECT, PERMISSIBLE = 0.5, 5_000  # seconds between attempts; milliseconds that a statement may take
BETWEEN = "\x1f"  # stands in no text that was read
#: One plan serves for good, also that of a young installation, whose empty tables would be read from end to
#: end: batches are small, so each row is looked up by its key.
SESSION = (
    f"-c jit=off -c plan_cache_mode=force_generic_plan -c pgtrigger.ignore={{}}"
    f" -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
    f" -c statement_timeout={PERMISSIBLE} -c lock_timeout={PERMISSIBLE}"
)

#: The events of a batch, of threads that are held, whose leads' tallies are held as well.
EVENTS = f"""
    SELECT thread.id AS identity_id, told.kind, to_timestamp(told.at) AS said_at, told.key AS dedupe_key,
           told.about, told.grade, told.campaign AS campaign_id, told.asset AS asset_id, told.utm,
           told.details, NULL::bigint AS by_id, NULL::bigint AS imported_by_id
    FROM unnest(
        _browsers, string_to_array(_keys, '{BETWEEN}'), string_to_array(_ats, '{BETWEEN}')::float8[],
        string_to_array(_kinds, '{BETWEEN}'), string_to_array(_abouts, '{BETWEEN}'),
        string_to_array(_grades, '{BETWEEN}')::smallint[],
        string_to_array(_campaigns, '{BETWEEN}', '')::bigint[],
        string_to_array(_assets, '{BETWEEN}', '')::bigint[], string_to_array(_utms, '{BETWEEN}', ''),
        string_to_array(_details, '{BETWEEN}')
    ) AS told (browser, key, at, kind, about, grade, campaign, asset, utm, details)
    JOIN leads_identity thread ON thread.key = told.browser
    WHERE thread.id = ANY(_held) AND (thread.lead_id IS NULL OR thread.lead_id = ANY(_free))
"""

#: What comes from a clock that nobody can believe is dated when we heard of it, so its key tells whether it
#: came before; who repeats it after that long is heard twice.
UNKNOWN = """
    said_at <= {known_at} OR NOT EXISTS (
        SELECT FROM leads_activity known
        WHERE known.dedupe_key = event.dedupe_key AND known.at > {known_at} - interval '2 days')
"""

#: Locks come before the statement that reads under them: each statement sees what was committed by then.
TAKE = f"""
    CREATE FUNCTION pg_temp.take_visits(
        _known_at timestamptz, _new text, _threads text, _keys text, _ats text, _kinds text, _abouts text,
        _grades text, _campaigns text, _assets text, _utms text, _details text)
    RETURNS TABLE (written bigint, leads bigint[], late uuid[]) LANGUAGE plpgsql AS $take$
    #variable_conflict use_column
    DECLARE
        _browsers uuid[] := string_to_array(_threads, '{BETWEEN}')::uuid[];
        _held bigint[];
        _leads bigint[];
        _free bigint[];
        _taken bigint;
    BEGIN
        IF _new <> '' THEN
            INSERT INTO leads_identity (key, at)
            SELECT stranger, _known_at FROM unnest(string_to_array(_new, '{BETWEEN}')::uuid[]) stranger
            ORDER BY stranger ON CONFLICT (key) DO NOTHING;
        END IF;
        SELECT array_agg(id), array_agg(lead_id) FILTER (WHERE lead_id IS NOT NULL) INTO _held, _leads
        FROM (SELECT id, lead_id FROM leads_identity WHERE key = ANY(_browsers)
              ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) AS thread;
        _free := ARRAY(
            SELECT lead_id FROM leads_tally WHERE lead_id = ANY(_leads)
            ORDER BY lead_id FOR NO KEY UPDATE SKIP LOCKED);
        IF strpos(_ats, '{UNSOUND}') = 0 THEN
            {note_fresh(EVENTS, known_at="_known_at")} INTO written, leads, _taken;
        ELSE
            {note_fresh(EVENTS, known_at="_known_at", where=UNKNOWN)} INTO written, leads, _taken;
        END IF;
        IF _taken < cardinality(_browsers) THEN
            late := ARRAY(
                SELECT browser FROM unnest(_browsers) browser WHERE NOT EXISTS (
                    SELECT FROM leads_identity thread WHERE thread.key = browser AND thread.id = ANY(_held)
                    AND (thread.lead_id IS NULL OR thread.lead_id = ANY(_free))));
        END IF;
        RETURN NEXT;
    END $take$
"""
CALL = f"SELECT * FROM pg_temp.take_visits({', '.join(['%s'] * 12)})"


class Away(Exception):
    """The database is away or busy: nothing was stored, or nobody can say that it was."""


class Poison(Exception):
    """The database refuses this report, alone as it is."""


@dataclass(eq=False, slots=True)
class Waiting:
    """A report on its way: what of it is not stored yet, and who waits for the answer."""

    visits: list[Visit]
    stored: asyncio.Future
    since: float = field(default_factory=time.monotonic)


class Committer:
    """The one connection of a process that writes visits, and the reports that wait for it."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.known: set[str] = set()  # browsers that have a thread
        self.moved: set[int] = set()  # leads whose tallies moved, to be told of
        self.connection: psycopg.AsyncConnection | None = None
        self.away_until = 0.0
        self.writing: asyncio.Task | None = None

    async def commit(self, visits: list[Visit]) -> None:
        """Return when these are stored for good; Away or Poison where they are not."""
        if len(self.waiting) >= MOST or (self.connection is None and time.monotonic() < self.away_until):
            raise Away
        one = Waiting(visits, asyncio.get_running_loop().create_future())
        self.waiting.append(one)
        if self.writing is None or self.writing.done():
            self.writing = asyncio.create_task(self.write())
        await one.stored

    async def write(self) -> None:
        together = 0  # reports in the write before
        while self.waiting:
            if together > 1 and len(self.waiting) < BATCH:
                await asyncio.sleep(MOMENT)
            together = len(self.waiting)
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
            late = await self.store(batch)
            self.waiting += late
            if late and len(late) == len(self.waiting):
                await asyncio.sleep(PAUSE)

    async def store(self, batch: list[Waiting]) -> list[Waiting]:
        """Write a batch, or each report by itself where one spoils it; returns those that must wait."""
        try:
            connection = await self.connected()
            return settle(batch, await self.take(connection, batch))
        except psycopg.Error as trouble:
            if self.connection is None or self.connection.closed:
                self.lose(batch)
            elif len(batch) > 1:
                return [late for one in batch for late in await self.store([one])]
            else:
                log.warning("a report is not stored: %s", trouble.diag.message_primary or trouble)
                refuse(batch, Away if isinstance(trouble, psycopg.OperationalError) else Poison)
            return []

    async def take(self, connection: psycopg.AsyncConnection, batch: list[Waiting]) -> set[str]:
        """One transaction; returns the browsers whose reports must wait."""
        visits = [visit for one in batch for visit in one.visits]
        columns = [BETWEEN.join(column) for column in zip(*visits, strict=True)]
        new = {visit.browser for visit in visits} - self.known
        at = datetime.now(UTC)
        cursor = await connection.execute(CALL, (at, BETWEEN.join(new), *columns), prepare=True)
        _written, leads, late = await cursor.fetchone() or (0, None, None)
        self.remember(new)
        self.moved.update(leads or ())
        if not late:
            return set()
        browsers = {key.hex for key in late}
        self.known -= browsers
        return browsers

    def remember(self, browsers: set[str]) -> None:
        if len(self.known) > 200_000:
            self.known.clear()
        self.known |= browsers

    async def connected(self) -> psycopg.AsyncConnection:
        if self.connection is None:
            made = await psycopg.AsyncConnection.connect(
                **direct(), autocommit=True, connect_timeout=2, options=SESSION, application_name="visits"
            )
            try:
                await made.execute(TAKE)
            except psycopg.Error:
                await made.close()
                raise
            self.connection, self.known = made, set()
        return self.connection

    def lose(self, batch: list[Waiting]) -> None:
        """Nobody waits for a database that is away."""
        self.connection, self.away_until = None, time.monotonic() + RECONNECT
        refuse(batch + self.waiting, Away)
        self.waiting = []


def settle(batch: list[Waiting], late: set[str]) -> list[Waiting]:
    """Tell whose report is stored; what somebody else writes to waits, for a while."""
    rest = []
    for one in batch:
        one.visits = [visit for visit in one.visits if visit.browser in late] if late else []
        if one.visits and time.monotonic() - one.since < PATIENCE:
            rest.append(one)
        elif one.visits:
            refuse([one], Away)
        elif not one.stored.done():
            one.stored.set_result(None)
    return rest


def refuse(batch: list[Waiting], why: type[Exception]) -> None:
    for one in batch:
        if not one.stored.done():
            one.stored.set_exception(why())
