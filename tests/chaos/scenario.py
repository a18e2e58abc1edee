"""The runs that ``make chaos`` makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.chaos.platform import Manners

USUAL = Manners()

UNLIMITED: dict[str, float] = {"chat": 0.0, "bot": 0.0}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run: what runs, what is said, and what befalls it.

    `spread` is about how many seconds the updates take; `freezes` are kept for one and a half times
    `stalled`, `stops` tell a replica to end, as a new release does, and `outages` are seconds that the
    database is away, each; all of them come at random points of the run, and so do kills. `pace` is
    the pace's fields; where it has limits, they are checked.
    """

    name: str
    database: str = "postgresql"
    replicas: int = 3
    updates: int = 600
    conversations: int = 60
    reminders: int = 12
    spread: float = 20.0
    kills: int = 0
    stops: int = 0
    freezes: int = 0
    outages: tuple[float, ...] = ()
    pace: dict[str, float] = field(default_factory=lambda: UNLIMITED)
    manners: Manners = USUAL
    nudge_after: float = 3.0
    heartbeat: float = 2.0
    stalled: float = 6.0

    @property
    def paced(self) -> bool:
        """Whether its pace has limits."""
        return self.pace is not UNLIMITED


PACED: dict[str, float] = {"chat": 0.25, "chat_burst": 3, "bot": 0.02, "bot_burst": 5}

POLITE = Manners(0, 0, 0, 0)
"""A platform that takes whatever comes, so that when it came says how fast it was sent."""

FULL = (
    Scenario("killed", kills=10, spread=40.0),
    Scenario("frozen", updates=400, conversations=40, freezes=2, spread=30.0),
    Scenario("database away", updates=400, conversations=40, outages=(5.0, 30.0), spread=25.0),
    Scenario("all at once", kills=5, stops=3, freezes=1, outages=(5.0,), spread=40.0),
    Scenario("paced", updates=300, conversations=30, reminders=0, pace=PACED, manners=POLITE, spread=2.0),
    Scenario("sqlite killed", "sqlite", 1, updates=300, conversations=30, kills=8, spread=30.0),
)
"""What ``make chaos`` runs."""

SHORT = (
    Scenario(
        "killed, frozen", updates=150, conversations=30, reminders=4, kills=4, stops=1, freezes=1,
        outages=(2.0,), spread=6.0, heartbeat=0.5, stalled=2.0,
    ),
    Scenario(
        "paced", updates=60, conversations=12, reminders=0, replicas=2, spread=1.0, pace=PACED, manners=POLITE
    ),
    Scenario("sqlite killed", "sqlite", 1, updates=120, conversations=24, reminders=4, kills=3, spread=3.0),
)  # fmt: skip
"""What runs in ``make check``."""
