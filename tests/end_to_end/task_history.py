"""What people did to tasks that GitHub does not show afterwards."""

from dataclasses import dataclass, field

RULES = """\
version: 1
tasks:
  dashboard: false
  max_open: {most}
  autopilot: {autopilot}
  lanes:
    design: {{people: [ada], priority: 5}}
    build: {{people: [ben, tess]}}
"""
BROKEN = "version: 1\ntasks: {max_open: many}\n"


@dataclass
class Rules:
    """The settings that are in force; ``most`` is ``None`` where they cannot be read."""

    most: int | None = 10
    autopilot: bool = True

    @property
    def text(self):
        return BROKEN if self.most is None else RULES.format(most=self.most, autopilot=str(self.autopilot).lower())


@dataclass
class Text:
    """An issue's text, from a moment on: what it says that it depends on, and in what lane it is."""

    moment: int
    depends: frozenset[int]
    lane: str
    paths: tuple[str, ...]
    who: str


@dataclass
class Order:
    """A slash command that somebody who may has written, and whether there was something for it to do.

    ``sure``: whether it is known what it met, since the bot had nothing else to do.
    """

    moment: int
    name: str
    meets: bool
    sure: bool


@dataclass
class History:
    """What people did that GitHub does not show afterwards. Moments are ids of the playground: they only grow."""

    texts: dict[int, list[Text]] = field(default_factory=dict)
    orders: dict[int, list[Order]] = field(default_factory=dict)
    subsumed: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """By issue: when it was ordered that which epic takes it over."""
    wrong: list[str] = field(default_factory=list)
    """What was seen to be wrong at once."""
    pushed: list[tuple[str, str]] = field(default_factory=list)
    """Branch and commit."""
    quiet: list[tuple[int, frozenset[int]]] = field(default_factory=list)
    """When the bot had nothing left to do and knew of everything, and which tasks were open then."""
    ruled: list[tuple[int, Rules]] = field(default_factory=list)
    """From when on which settings were in force."""
    forgotten: bool = False
    """Whether the database was ever lost."""
    loosest: int = 10
    """The highest limit of open pull requests that was in force since it was quiet."""
    excuses: int = 0
    """Deeds since it was quiet that may put a task to work past the limit."""
