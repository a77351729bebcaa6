"""The work of a bulk action, in pieces of which each is one transaction: a worker that dies loses none.

Gather who it is about, look at each, change, take back: every piece takes rows that stand at one outcome
and moves them to the next, so doing it twice does it once.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from leads import news
from leads.bulk import verb_of
from leads.lists import asking
from leads.lists.finding import Listing
from leads.lists.terms import terms
from leads.models import BulkAction, BulkRow, Custody, Lead
from people import doorbell

LEASE, CHUNK = timedelta(seconds=90), 2_000
INLINE = 200  # so many are done while the page waits
State, Outcome = BulkAction.State, BulkRow.Outcome

SETTLE = """
    UPDATE leads_bulkrow row SET outcome = said.outcome, why = COALESCE(said.why, ''),
        before = COALESCE(said.before, row.before), after = COALESCE(said.after, row.after)
    FROM jsonb_to_recordset(%(said)s::jsonb)
         AS said(lead_id bigint, outcome text, why text, before jsonb, after jsonb)
    WHERE row.action_id = %(action)s AND row.lead_id = said.lead_id
"""


def gather(action: BulkAction, at: datetime) -> bool:
    """Write down whom it is about: everybody on the list at this moment."""
    from django.http import QueryDict

    asked = asking.read(QueryDict(action.query), terms(at))
    if asked.problems:
        raise ValueError(" ".join(asked.problems))
    fill(action, Listing(action.by, asked, at))
    return False


def fill(action: BulkAction, listing: Listing) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_bulkrow (action_id, lead_id, outcome, why)"  # noqa: S608  our own statement
            f" SELECT %(action)s, found.id, 'waiting', '' FROM ({listing.ids_sql}) found"
            " ON CONFLICT DO NOTHING",
            {**listing.params, "action": action.pk},
        )


def weigh(action: BulkAction, at: datetime) -> bool:
    """Look at some: who can't be changed is left out, and told why."""
    ids = _some(action, Outcome.WAITING)
    left = verb_of(action.verb).left_out(ids, action.params, at)
    _settle(action, {lead: _left(left[lead]) if lead in left else {"outcome": "fits"} for lead in ids})
    return len(ids) == CHUNK


def run(action: BulkAction, at: datetime) -> bool:
    """Change some, after asking once more who can't be."""
    verb, ids = verb_of(action.verb), _some(action, Outcome.FITS)
    left = verb.left_out(ids, action.params, at)
    fit = [lead for lead in ids if lead not in left]
    before = verb.snapshot(fit)
    if fit:
        verb.do(fit, action.params, by=action.by, at=at)
        news.changed(fit, at=at)
    after = verb.snapshot(fit)
    done = {lead: {"outcome": "done", "before": before[lead], "after": after[lead]} for lead in fit}
    _settle(action, done | {lead: _left(why) for lead, why in left.items()})
    return len(ids) == CHUNK


def take_back(action: BulkAction, at: datetime) -> bool:
    """Put some back as they stood, but nobody whom something else has happened to since."""
    verb, ids = verb_of(action.verb), _some(action, Outcome.DONE)
    rows = {row.lead_id: row for row in BulkRow.objects.filter(action=action, lead__in=ids)}
    now = verb.snapshot(ids)
    gone_on = {lead: _("It has been changed since") for lead in ids if now.get(lead) != rows[lead].after}
    gone_on = verb.overtaken([lead for lead in ids if lead not in gone_on], action.at) | gone_on
    back = {lead: rows[lead].before or {} for lead in ids if lead not in gone_on}
    if back:
        verb.restore(back, by=action.reversal.by, at=at)
        news.changed(list(back), at=at)
    said = {lead: {"outcome": "overtaken", "why": why} for lead, why in gone_on.items()}
    _settle(action, said | {lead: {"outcome": "undone"} for lead in back})
    return len(ids) == CHUNK


#: What is done in a state, a piece at a time (is there more?), and the state that follows.
WORK: dict[str, tuple[Callable[[BulkAction, datetime], bool], str]] = {
    State.GATHERING: (gather, State.DRAFT),
    State.WEIGHING: (weigh, State.READY),
    State.RUNNING: (run, State.DONE),
    State.UNDOING: (take_back, State.UNDONE),
}


def _left(why: str) -> dict[str, str]:
    return {"outcome": "left", "why": why[:200]}


def _some(action: BulkAction, outcome: str) -> list[int]:
    """Some leads that stand at an outcome; nobody else moves them meanwhile."""
    rows = BulkRow.objects.filter(action=action, outcome=outcome).order_by("lead")
    ids = list(rows.values_list("lead", flat=True)[:CHUNK])
    list(Custody.objects.select_for_update().filter(lead__in=ids).order_by("lead").values_list("lead"))
    list(Lead.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return ids


def _settle(action: BulkAction, said: Mapping[int, Mapping]) -> None:
    with connection.cursor() as cursor:
        rows = [{**words, "lead_id": lead} for lead, words in said.items()]
        cursor.execute(SETTLE, {"said": json.dumps(rows, default=str), "action": action.pk})


def ask(action: BulkAction, state: str, size: int) -> None:
    """Leave it to a worker, or do it at once where a page can wait for it."""
    from leads.tasks import run_bulk_actions

    action.state, action.trouble, action.token, action.lease_until = state, "", None, None
    action.save(update_fields=["state", "params", "trouble", "token", "lease_until"])
    if size > INLINE:
        doorbell.ring(run_bulk_actions, queue="imports")


def claim(at: datetime, pk: int | None = None) -> BulkAction | None:
    """Take the oldest action that waits, or whose worker is dead."""
    with transaction.atomic():
        waiting = BulkAction.objects.select_for_update(skip_locked=True, of=("self",)).filter(state__in=WORK)
        mine = waiting.filter(pk=pk) if pk else waiting
        free = mine.filter(Q(lease_until=None) | Q(lease_until__lt=at)).select_related("by")
        action = free.order_by("at").first()
        if action:
            action.token, action.lease_until = uuid.uuid4(), at + LEASE
            action.save(update_fields=["token", "lease_until"])
        return action


def work(at: datetime, pk: int | None = None) -> int:
    """Do whatever waits; returns how many actions there were."""
    count = 0
    while action := claim(at, pk):
        perform(action, at)
        count += 1
    return count


def perform(action: BulkAction, at: datetime) -> None:
    step, following = WORK[action.state]
    try:
        more = True
        while more:
            with transaction.atomic():
                if not _mine(action):
                    return
                more = step(action, at)
                _go_on(action, at) if more else _end(action, following, at)
    except OperationalError:
        raise  # the lease runs out and the next worker goes on
    except Exception as trouble:
        _mine_rows(action).update(
            state=State.FAILED, trouble=str(trouble)[:1000].replace("\0", ""), token=None
        )
        raise


def _mine_rows(action: BulkAction):
    return BulkAction.objects.filter(pk=action.pk, token=action.token, state=action.state)


def _mine(action: BulkAction) -> bool:
    return _mine_rows(action).select_for_update().exists()


def _go_on(action: BulkAction, at: datetime) -> None:
    from django.utils import timezone

    _mine_rows(action).update(lease_until=timezone.now() + LEASE)


def _end(action: BulkAction, following: str, at: datetime) -> None:
    ended = at if following == State.DONE else action.ended_at
    _mine_rows(action).update(state=following, ended_at=ended, token=None, lease_until=None)
    action.state = following
