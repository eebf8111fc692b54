"""The limits that hold a start back: windows, a pilot, and how many may be open at once or start within an hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.contracts.task import DAYS, TaskSettings, Window
from bot.planning.tasks.model import Reason, Task
from bot.planning.tasks.overlap import Area, area, areas_meet

HOUR: Final = timedelta(hours=1)


def utc(moment: datetime) -> datetime:
    """A moment in UTC; one without a zone is taken to be in it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def _spans(window: Window, now: datetime) -> Iterable[tuple[datetime, datetime]]:
    """When a window is open, from yesterday on for more than a week."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = _minutes(window.from_), _minutes(window.to)
    if end < start:
        end += 24 * 60
    for offset in range(-1, 9):
        day = midnight + timedelta(days=offset)
        if DAYS[day.weekday()] in window.days and start < end:
            yield day + timedelta(minutes=start), day + timedelta(minutes=end)


def within(windows: Sequence[Window], now: datetime) -> bool:
    """Whether one of the windows is open; without any: always. The minute of ``to`` is outside."""
    return not windows or any(start <= now < end for window in windows for start, end in _spans(window, now))


def opens(windows: Sequence[Window], now: datetime) -> datetime | None:
    """When the next one opens; ``None``: never, each of them is empty."""
    return min((start for window in windows for start, _ in _spans(window, now) if start > now), default=None)


class Limits:
    """What is open and what was started, counted against the settings; a start counts at once."""

    def __init__(self, settings: TaskSettings, running: Sequence[Task], pilots: Sequence[int]) -> None:
        self._settings = settings
        self._pilots = tuple(sorted(pilots))
        self._open = 0
        self._lanes: Counter[str] = Counter()
        self._areas = [area(limit.paths) for limit in settings.paths]
        self._paths = [0] * len(settings.paths)
        self._hour: list[datetime] = []
        self._window: Reason | None = None
        for task in running:
            self.count(task, area(task.paths, task.touched) if settings.paths else None)

    def at(self, now: datetime, starts: Sequence[datetime]) -> None:
        """Takes the time, and when tasks were started by themselves."""
        now = utc(now)
        self._now = now
        self._hour = sorted(start for start in map(utc, starts) if now - start < HOUR)
        if not within(self._settings.windows, now):
            moment = opens(self._settings.windows, now)
            self._window = Reason("window", (), () if moment is None else (moment.isoformat(),))

    def lane(self, task: Task) -> str:
        """The lane that a task counts for."""
        return task.lane or self._settings.default_lane or ""

    def count(self, task: Task, where: Area | None, *, by_itself: bool = False) -> None:
        """A task that is open, or starts now."""
        self._open += 1
        self._lanes[self.lane(task)] += 1
        if where is not None:
            for index, limited in enumerate(self._areas):
                self._paths[index] += areas_meet(limited, where)
        if by_itself:
            self._hour.append(self._now)

    def holding(self, task: Task, where: Area) -> list[Reason]:
        """Every limit that holds a task back now; an ordered one is held by none."""
        if task.ordered:
            return []
        settings = self._settings
        reasons: list[Reason] = []
        # A new pull request for one that was closed was asked for: that needs no autopilot.
        if not settings.autopilot and not (task.retry and task.pull == "closed"):
            reasons.append(Reason("autopilot-off"))
        if self._window is not None:
            reasons.append(self._window)
        if self._pilots and not task.pilot:
            reasons.append(Reason("pilot", self._pilots))
        if settings.max_open and self._open >= settings.max_open:
            reasons.append(Reason("limit-open", (), (str(settings.max_open),)))
        name = self.lane(task)
        lane = settings.lanes.get(name)
        if lane is not None and lane.max_open and self._lanes[name] >= lane.max_open:
            reasons.append(Reason("limit-lane", (), (name, str(lane.max_open))))
        for index, limit in enumerate(settings.paths):
            if self._paths[index] >= limit.max_open and areas_meet(self._areas[index], where):
                reasons.append(Reason("limit-path", (), (str(limit.max_open), *limit.paths)))
        most = settings.max_starts_per_hour
        if most and len(self._hour) >= most:
            moment = self._hour[len(self._hour) - most] + HOUR
            reasons.append(Reason("limit-hour", (), (moment.isoformat(), str(most))))
        return reasons
