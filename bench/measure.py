"""How the benchmark measures: work per CPU-second, as ratios of variants interleaved in one run.

Shared machines make wall time jump, so what counts is CPU time: that of PostgreSQL's processes (the
backends of the benchmark's own database and the server's background processes) and of this one, from
/proc. Load generators and mail sinks run in processes of their own and are not charged. Queries run
without parallel workers, whose time would be lost when they end.

A benchmark is a module of this package with `arguments(parser)` and `run(options)`, named in
`bench.__main__`. It makes its data with `fill`-like statements of its own in the empty, migrated
database, hands its variants to `interleave` and prints what it gets with `table`. A variant is a function
that does the whole work once and returns how much that was; what must happen between two variants but
is not their work (a VACUUM, say) stands in `between`.
"""

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil
from django.db import connection

Variant = Callable[[], int]


@dataclass
class Figures:
    """What one variant cost, round by round: work done per CPU-second, and seconds of wall time."""

    per_second: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return statistics.median(self.per_second)

    @property
    def noise(self) -> float:
        """Half the distance between the best and the worst round, as a share of the middle."""
        return (max(self.per_second) - min(self.per_second)) / 2 / self.middle


def interleave(
    variants: dict[str, Variant],
    *,
    rounds: int,
    warm: bool = True,
    between: Callable[[], None] = lambda: None,
    ours: int | None = None,
) -> dict[str, Figures]:
    """Every variant once, then every variant again: a busy minute hits all of them alike.

    The first round only warms up, unless the data are so large that they warm nothing. `ours` is a
    process that is charged as well, with its children.
    """
    found = {name: Figures() for name in variants}
    for turn in range(0 if warm else 1, rounds + 1):
        for name, variant in variants.items():
            between()
            cpu, wall = charged(ours), time.perf_counter()
            work = variant()
            cpu, wall = max(charged(ours) - cpu, 0.01), time.perf_counter() - wall
            print(f"  round {turn}: {name}: {cpu:.2f} s of CPU", flush=True)
            if turn:
                found[name].per_second.append(work / cpu)
                found[name].wall.append(wall)
    return found


def charged(ours: int | None = None) -> float:
    """CPU-seconds so far of this process, of `ours`, and of the server's processes that work for them."""
    own = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s OR (datname IS NULL AND"
            " backend_type <> ALL(%s))",
            [own, ["autovacuum launcher", "logical replication launcher"]],
        )
        processes = [pid for (pid,) in cursor]
    if ours:
        processes += [ours, *(child.pid for child in psutil.Process(ours).children(recursive=True))]
    return _spent(psutil.Process().pid) + sum(_spent(pid) for pid in processes)


def _spent(pid: int) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):  # a session that ended meanwhile
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0


def table(found: dict[str, Figures], *, unit: str, against: list[tuple[str, str, float]]) -> None:
    """Print each variant's figures, and the ratios that must hold."""
    print(f"\n{'variant':<58} {unit + ' per CPU-s':>20} {'±':>5} {'wall':>8}")
    for name, figures in found.items():
        wall = statistics.median(figures.wall)
        print(f"{name:<58} {figures.middle:>20,.0f} {figures.noise:>5.0%} {wall:>7.2f}s")
    print()
    for better, worse, held in against:
        pairs = zip(found[better].per_second, found[worse].per_second, strict=True)
        ratios = [one / other for one, other in pairs]
        verdict = "holds" if statistics.median(ratios) >= held else "does not hold"
        print(
            f"{better} : {worse} = {statistics.median(ratios):.1f}"
            f" ({min(ratios):.1f} to {max(ratios):.1f}); at least {held:g} {verdict}"
        )
