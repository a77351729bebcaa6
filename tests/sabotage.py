"""Breaks a promise on purpose and asks whether the suite notices: `python -m tests.sabotage [NAME …]`.

Each sabotage changes one place in a copy of the code, or drops one constraint, and runs the small tests
that speak of its promise; they must go red. The table that it prints stands in docs/promises.md.
"""

import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".baton", "node_modules", "__pycache__", "staticfiles")


@dataclass(frozen=True)
class Sabotage:
    """One way to break a promise: in this file, this text is replaced; these tests must notice."""

    name: str
    file: str
    before: str
    after: str
    tests: str
    also: tuple[str, str] = ("", "")  # a second change, where a promise is kept twice


DISPATCH = "tests/test_dispatch.py tests/test_marking.py tests/test_dying.py"
OPT_OUT = "tests/test_opting_out.py"
TRACKING = "tests/test_tracking_storm.py"
SABOTAGES = (
    Sabotage(
        "consent is not read again at the mark",
        "nurture/standing.py",
        "lead.refused ? %(permission)s,",
        "false AND lead.refused ? %(permission)s,",
        f"{DISPATCH} {OPT_OUT} -k opt",
    ),
    Sabotage(
        "the lead is not locked while consent is read",
        "nurture/claiming.py",
        "LOCK_LEADS.format(waiting=waiting)",
        "LOCK_LEADS.replace('FOR NO KEY UPDATE', '').format(waiting='')",
        OPT_OUT,
    ),
    Sabotage(
        "suppressed addresses are not read again",
        "nurture/standing.py",
        "EXISTS (SELECT 1 FROM leads_suppression suppression",
        "false AND EXISTS (SELECT 1 FROM leads_suppression suppression",
        f"{DISPATCH} -k opts_out",
    ),
    Sabotage(
        "custody is not read again at the mark",
        "nurture/standing.py",
        "coalesce(custody.custodian_id = track.custodian_id, false)",
        "true",
        f"{DISPATCH} -k leaves_the_track",
    ),
    Sabotage(
        "the mark comes after the message instead of before",
        "nurture/mailing.py",
        "        first, rest = self._mark(",
        "        self.lines.give([one.prepared.content for one in self.named if one not in refused])\n"
        "        first, rest = self._mark(",
        f"{DISPATCH} -k gets_nothing",
    ),
    Sabotage(
        "the claim's token is not checked",
        "nurture/claiming.py",
        "AND touch.token = %(token)s AND touch.state = 'claimed'",
        "AND touch.state = 'claimed' AND %(token)s::uuid IS NOT NULL",
        f"{DISPATCH} -k lost_its_claim",
    ),
    Sabotage(
        "the lease is not checked at the mark",
        "nurture/claiming.py",
        "      AND touch.lease_until > clock_timestamp()\n    ORDER BY",
        "    ORDER BY",
        f"{DISPATCH} -k lease_ran_out",
    ),
    Sabotage(
        "claims of others are taken",
        "nurture/claiming.py",
        "FRESH = \"state = 'due' AND",
        "FRESH = \"state IN ('due', 'claimed') AND attempts < 9 OR state = 'due' AND",
        f"{DISPATCH} -k claim",
    ),
    Sabotage(
        "locked rows are waited for instead of skipped",
        "nurture/claiming.py",
        "ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED",
        "ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE",
        f"{DISPATCH} -k skipped_not",
    ),
    Sabotage(
        "a mail in doubt is sent again",
        "nurture/settling.py",
        "Outcome.IN_DOUBT: lambda: in_doubt(touch, token, answer.words, at=at)",
        "Outcome.IN_DOUBT: lambda: refused_for_now(touch, token, answer.words, at=at)",
        f"{DISPATCH} -k in_doubt",
    ),
    Sabotage(
        "a slow sender is taken for dead",
        "nurture/settling.py",
        "    if not gone({token}):\n        return 0\n",
        "",
        f"{DISPATCH} -k slow",
    ),
    Sabotage(
        "what a dead sender left is not reaped",
        "nurture/settling.py",
        "lost = _reap(SENDING_TOO_LONG, State.IN_DOUBT, DIED, at=at)",
        "lost = 0",
        f"{DISPATCH} -k after_the_mark",
    ),
    Sabotage(
        "poison is tried for ever",
        "nurture/claiming.py",
        "MOST_ATTEMPTS = 3",
        "MOST_ATTEMPTS = 300",
        f"{DISPATCH} -k quarantined",
    ),
    Sabotage(
        "a step is sent again after a return",
        "nurture/planning.py",
        "station := following(course, None, met[lead], decisions.of(enrollment))",
        "station := following(course, None, set(), decisions.of(enrollment))",
        "tests/test_enrolling.py",
    ),
    Sabotage(
        "a branch is decided by nobody",
        "nurture/deciding.py",
        "return lambda way: enrollment in self._holding(way)",
        "return lambda way: False",
        "tests/test_branches.py",
    ),
    Sabotage(
        "a machine's click brings a touch forward",
        "nurture/awaiting.py",
        "AND {human(GRADE)}",
        "",
        "tests/test_branches.py -k machine",
    ),
    Sabotage(
        "who has reached the goal is written to",
        "nurture/dispatch.py",
        "    leave_before_sending(at)\n",
        "",
        "tests/test_branches.py -k goal",
    ),
    Sabotage(
        "a step that is gone is waited for",
        "nurture/moving.py",
        "plan_next(gone, at=at)",
        "pass",
        "tests/test_track_builder.py -k stand",
    ),
    Sabotage(
        "the cap counts nothing",
        "nurture/permission.py",
        "return at if len(recent) < self.most else",
        "return at if True else",
        f"{DISPATCH} tests/test_schedule.py -k 'cap or fourth'",
    ),
    Sabotage(
        "a day is twenty-four hours",
        "nurture/schedule.py",
        "return local_instant(day, station.at_time or local.time(), zone)",
        "return before + timedelta(days=station.wait)",
        "tests/test_schedule.py",
    ),
    Sabotage(
        "the window is ignored",
        "nurture/permission.py",
        "if late and not in_window(",
        "if False and not in_window(",
        f"{DISPATCH} -k window",
    ),
    Sabotage(
        "a look at the page unsubscribes",
        "nurture/views/public.py",
        '    if request.method == "POST":\n        opt_out',
        "    if True:\n        opt_out",
        "tests/test_links.py",
    ),
    Sabotage(
        "links are not signed",
        "nurture/links.py",
        "if not constant_time_compare(signature, _signature(body, salt)) or",
        "if",
        "tests/test_links.py",
    ),
    Sabotage(
        "machines count as people",
        "leads/bursts.py",
        'replace(event, grade=Grade.MACHINE, dedupe_key=f"{event.dedupe_key}.machine")',
        "event",
        "tests/test_links.py tests/test_bursts.py",
    ),
    Sabotage(
        "values are merged as markup",
        "nurture/merge.py",
        "autoescape=True",
        "autoescape=False",
        "tests/test_merge.py",
    ),
    Sabotage(
        "a line break in a name reaches the header",
        "people/letters.py",
        'plain = CONTROL.sub(" ", value)',
        "plain = value",
        "tests/test_merge.py -k bends",
    ),
    Sabotage(
        "a notice in doubt is given up",
        "people/delivery.py",
        "answer.outcome == Outcome.REFUSED or notice.attempts >= MOST_ATTEMPTS",
        "answer.outcome in (Outcome.REFUSED, Outcome.IN_DOUBT)",
        "tests/test_notices.py",
    ),
    Sabotage(
        "a restored copy may write",
        "people/outbound.py",
        "if last.instance != instance():",
        "if False:",
        "tests/test_notices.py",
    ),
    Sabotage(
        "a call can be finished twice",
        "nurture/worklist.py",
        "        raise TooLate\n",
        "        pass\n",
        "tests/test_worklist_calls.py",
    ),
    Sabotage(
        "closed leads are enrolled",
        "nurture/enrolling.py",
        "WHERE lead.id = ANY(%(leads)s) AND lead.closed_at IS NULL AND lead.merged_into_id IS NULL",
        "WHERE lead.id = ANY(%(leads)s)",
        "tests/test_enrolling.py",
    ),
    Sabotage(
        "work is kept in the broker",
        "nurture/tasks.py",
        "    enrolling.enroll_waiting(timezone.now())",
        "    enrolling.enroll_waiting(timezone.now())\n    enroll_waiting.apply_async(countdown=60)",
        "tests/test_tasks.py -k waits_in_the_broker",
    ),
    Sabotage(
        "the database takes a touch twice",
        "nurture/migrations/0002_initial.py",
        'fields=("enrollment", "step_key", "part", "occurrence"), name="a_touch',
        'fields=("enrollment", "step_key", "part", "occurrence", "id"), name="a_touch',
        f"{DISPATCH} --create-db -k at_most_once",
    ),
    Sabotage(
        "a visit is answered before it is stored",
        "leads/committing.py",
        "        await one.stored\n",
        "        one.stored.add_done_callback(lambda stored: stored.exception())\n",
        f"{TRACKING} -k killed",
    ),
    Sabotage(
        "visits wait for whoever holds their lead",
        "leads/committing.py",
        "            SELECT lead_id FROM leads_tally WHERE lead_id = ANY(_leads)\n"
        "            ORDER BY lead_id FOR NO KEY UPDATE SKIP LOCKED);",
        "            SELECT lead_id FROM leads_tally WHERE lead_id = ANY(_leads)\n"
        "            ORDER BY lead_id FOR NO KEY UPDATE);",
        f"{TRACKING} -k delays",
    ),
    Sabotage(
        "a thread is written on while it joins a lead",
        "leads/committing.py",
        "ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) AS thread;",
        "ORDER BY id) AS thread;",
        f"{TRACKING} -k circle",
    ),
    Sabotage(
        "one report spoils its batch",
        "leads/committing.py",
        "return [late for one in batch for late in await self.store([one])]",
        "refuse(batch, Poison)",
        f"{TRACKING} -k poisoned",
    ),
    Sabotage(
        "a clock that runs ahead is believed twice",
        "leads/committing.py",
        "    said_at <= {known_at} OR NOT EXISTS (",
        "    TRUE OR NOT EXISTS (",
        "tests/test_ingest.py -k believe",
    ),
    Sabotage(
        "two people on one browser are merged",
        "leads/visitors.py",
        "    elif thread.lead_id != lead.pk:",
        "    elif thread.lead_id != lead.pk and activities.join(thread, lead, at):",
        "tests/test_visitors.py",
    ),
    Sabotage(
        "a window holds a day too many",
        "leads/recent.py",
        "timedelta(days=days - 1)",
        "timedelta(days=days)",
        "tests/test_windows.py",
    ),
    Sabotage(
        "the cap of likely evidence holds certain evidence as well",
        "leads/limits.py",
        "{self.sum(sure)} + {self.most}",
        "{self.most}",
        "tests/test_scoring.py -k grade",
    ),
    Sabotage(
        "certain evidence counts for more than all evidence",
        "leads/lines.py",
        'f"LEAST({self.share(count(rule.certain))}, {times})"',
        "self.share(count(rule.certain))",
        "tests/test_scoring.py -k certain",
    ),
)


def commit(sabotage: Sabotage, copy: Path) -> int:
    """Do it in the copy, run its tests, undo it; returns pytest's exit code."""
    path = copy / sabotage.file
    honest = path.read_text()
    if honest.count(sabotage.before) != 1:
        raise SystemExit(f"{sabotage.name}: the text to change stands {honest.count(sabotage.before)} times")
    path.write_text(honest.replace(sabotage.before, sabotage.after).replace(*sabotage.also, 1))
    try:
        return run(sabotage.tests, copy)
    finally:
        path.write_text(honest)


def run(tests: str, copy: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", "--reuse-db"]
    return subprocess.run(
        [*command, *shlex.split(tests)],
        cwd=copy,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode


def main(wanted: list[str]) -> int:
    chosen = [one for one in SABOTAGES if not wanted or any(word in one.name for word in wanted)]
    unnoticed = 0
    print("| What is broken on purpose | The suite |\n| --- | --- |")
    with tempfile.TemporaryDirectory(prefix="baton sabotage ") as place:
        copy = Path(place) / "baton"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        files = sorted({word for one in chosen for word in one.tests.split() if word.endswith(".py")})
        if run(" ".join(["--create-db", *files]), copy):
            raise SystemExit("The suite is red before anything is broken.")
        for sabotage in chosen:
            code = commit(sabotage, copy)
            unnoticed += code != 1
            print(f"| {sabotage.name} | {'red' if code == 1 else f'NOT RED ({code})'} |", flush=True)
    return unnoticed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
