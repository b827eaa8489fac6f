"""What the catalogue is made of: frozen records of sports as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.knowledge.rule import Rule

    Text = Mapping[str, str]  # language → words

CHINESE: Final = "zh-hans"
LANGUAGES: Final = ("en", CHINESE)
COACH_SET: Final = "coach-set"


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is written: `symbol` follows the number, `name` is said, rounded to `decimals`."""

    key: str
    symbol: Text
    name: Text
    decimals: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One soft condition of a detector: 0 at `zero`, 1 from `full` on, a ramp between.

    `stat` is taken of each signal over the repetition widened by `pad_s`; several signals and sides
    are joined by `combine`: max, min, mean, gap (left against right) or swing (the moving hand's).
    """

    signals: tuple[str, ...]
    stat: str
    combine: str
    zero: float
    full: float
    pad_s: float


@dataclass(frozen=True, slots=True)
class Detector:
    """How the segmenter that needs no training finds a technique."""

    kind: str  # dip, flight or swing
    signal: str
    prominence: float  # in the signal's unit
    min_duration_s: float
    max_duration_s: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of a repetition, defined by kinematics.

    `kind`: start, end (the repetition's borders), peak, valley (of `signal` between the events
    `after` and `before`; `last` takes the last local one), rises, falls (the first time in which
    `signal` passes `level`), takeoff, landing (crossings of the flight that holds the repetition's
    highest moment). `limb` says whose signal counts: that of the acting limb, of the other, or the
    mean of both.
    """

    key: str
    kind: str
    signal: str
    after: str
    before: str
    last: bool
    limb: str = "both"  # acting, other or both
    level: float = math.nan  # in the signal's unit


@dataclass(frozen=True, slots=True)
class PhaseDefinition:
    """A part of a technique, between two of its events."""

    key: str
    name: Text
    start: str
    stop: str


@dataclass(frozen=True, slots=True)
class Band:
    """Where a metric should lie; an open side is infinite; empty `level` or `sex`: any."""

    low: float
    high: float
    level: str
    sex: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a band comes from: a publication, or a coach's judgement (kind and note alone)."""

    kind: str  # "published" or "coach-set"
    author: str = ""
    year: int = 0
    title: str = ""
    journal: str = ""
    note: str = ""

    @property
    def citation(self) -> str:
        """One line: author (year). Title. Journal. For a coach's judgement: "coach-set"."""
        if self.kind == COACH_SET:
            return COACH_SET
        return f"{self.author} ({self.year}). {self.title}. {self.journal}."


@dataclass(frozen=True, slots=True)
class Measure:
    """A formula over signals: `op` of `signal` in `phases` or at `event`.

    A tempo is how much longer the phases last before the event than after it.

    `other` is the signal that a lag is measured from; `level` is the height of a foot, in body
    heights, below which it stands.
    """

    op: str
    signal: str
    phases: tuple[str, ...]
    event: str
    other: str = ""
    level: float = math.nan


@dataclass(frozen=True, slots=True)
class Metric:
    """Something measured of a repetition, and where it should lie."""

    key: str  # "strength.squat.knee_flexion_bottom"
    name: Text
    unit: str
    body: tuple[str, ...]
    side: str  # both, each, acting, other (than the acting one) or none
    measure: Measure
    views: frozenset[str]
    error_floor: float  # sd that the method has whatever the noise, in the metric's unit
    otherwise: Measure | None  # what to measure where the view hides `measure`
    otherwise_error_floor: float
    min_rate_hz: float
    moment: str
    importance: int  # 1..5
    bands: tuple[Band, ...]
    source: Source
    praise: Text

    def band(self, *, level: str | None, sex: str | None) -> Band:
        """The most specific band that fits an athlete; unbounded if none does."""
        fitting = [b for b in self.bands if b.level in {"", level} and b.sex in {"", sex}]
        if not fitting:
            return Band(low=-math.inf, high=math.inf, level="", sex="")
        return max(fitting, key=lambda band: bool(band.level) + bool(band.sex))


@dataclass(frozen=True, slots=True)
class Drill:
    """An exercise that mends a fault, and who should not do it."""

    key: str
    name: Text
    how: Text
    contraindications: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """What is often behind a fault; `because` are keys of causes that lie deeper."""

    key: str
    name: Text
    because: tuple[str, ...]
    drills: tuple[Drill, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule over metrics is called, with what is behind it and what helps.

    `metric` and `verdict` are the first of the rule: the measurement that the fault is told by.
    """

    key: str  # "strength.squat.shallow"
    name: Text
    rule: Rule
    metric: str
    verdict: str  # "below" or "above"
    matters: Text
    roots: tuple[Cause, ...]
    cues: tuple[Text, ...]
    drills: tuple[Drill, ...]

    @property
    def causes(self) -> tuple[Text, ...]:
        """In words."""
        return tuple(cause.name for cause in self.roots)


@dataclass(frozen=True, slots=True)
class Technique:
    """One movement of a sport."""

    key: str  # "strength.squat"
    sport: str
    name: Text
    count: Mapping[str, tuple[str, str]]  # how repetitions are counted: (one, many)
    detector: Detector | None  # None: measured where somebody or a model says it is
    acting: str  # whose limb acts: "dominant_wrist", "wrist", "ankle" or "none"
    together: tuple[str, ...]  # techniques that the same person may do at the same time
    events: tuple[Event, ...]  # in order of time
    phases: tuple[PhaseDefinition, ...]
    moments: Mapping[str, Text]
    metrics: tuple[Metric, ...]
    faults: tuple[Fault, ...]
    causes: tuple[Cause, ...]
    drills: tuple[Drill, ...]

    def metric(self, key: str) -> Metric:
        """A metric by its key, with or without the technique and the side.

        Raises:
            KeyError: no such metric; the message lists those there are.
        """
        short = key.removeprefix(f"{self.key}.").partition(".")[0]
        for metric in self.metrics:
            if metric.key == f"{self.key}.{short}":
                return metric
        raise KeyError(
            f"{self.key}: no metric {key!r}; expected one of {[m.key for m in self.metrics]}"
        )

    def phase(self, key: str) -> PhaseDefinition:
        """A phase by its name in the segments.

        Raises:
            KeyError: no such phase.
        """
        for phase in self.phases:
            if phase.key == key:
                return phase
        raise KeyError(
            f"{self.key}: no phase {key!r}; expected one of {[p.key for p in self.phases]}"
        )

    def faults_of(self, metric: str) -> tuple[Fault, ...]:
        """Faults on either side of a metric's band."""
        return tuple(fault for fault in self.faults if fault.metric == self.metric(metric).key)


@dataclass(frozen=True, slots=True)
class Sport:
    """A family of techniques."""

    key: str
    name: Text
    techniques: tuple[Technique, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words the verification of sentences looks for: group → term → language → words."""

    groups: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]

    def words(self, group: str, *, lang: str) -> dict[str, tuple[str, ...]]:
        """Term → its words in one language."""
        return {term: texts[lang] for term, texts in self.groups[group].items()}
