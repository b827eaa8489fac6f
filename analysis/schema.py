"""The few records everything is made of.

Frozen dataclasses with read-only arrays whose shapes are checked at construction. Shapes: F frames,
K keypoints, S signals, C classes, D detections. Units are in the names; the only clock is the
footage's presentation time in seconds; what was not seen is NaN, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.explanation import Explanation, StateShare

    Float = NDArray[np.float64]
    Int = NDArray[np.int64]

SCHEMA_VERSION: Final = "1.0"
STILL_S: Final = 0.04  # how long a lone picture counts as shown


def _checked(owner: object, name: str, shape: tuple[int | None, ...], dtype: type) -> None:
    """Replace an array field by a read-only array of `dtype`; None in `shape` admits any length.

    What is read-only already is taken without a copy. Floats handed in as float32 stay float32:
    poses of a long match are kept so, in half the memory.

    Raises:
        ValueError: the shape differs; the message names both.
    """
    given = getattr(owner, name)
    single = dtype is np.float64 and getattr(given, "dtype", None) == np.float32
    frozen = isinstance(given, np.ndarray) and not given.flags.writeable
    convert = np.asarray if frozen else np.array
    array: NDArray[Any] = convert(given, dtype=np.float32 if single else dtype)
    fits = array.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = tuple("any" if n is None else n for n in shape)
        raise ValueError(f"{type(owner).__name__}.{name}: expected {wanted}, got {array.shape}")
    array.setflags(write=False)
    object.__setattr__(owner, name, array)


def _check_clock(owner: object, time_s: Float) -> None:
    if time_s.size and not (np.all(np.isfinite(time_s)) and np.all(np.diff(time_s) > 0)):
        raise ValueError(f"{type(owner).__name__}.time_s: expected finite, strictly rising seconds")


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """One upright video as it is analysed and played.

    `sha256` is of the bytes that were uploaded; `time_s` (F,) holds real presentation times,
    never index / fps; sizes are of the upright picture. `time_scale` is how many real seconds pass
    in one presentation second: 1 but for slow motion (240 frames a second played at 30: 1/8).
    """

    sha256: str
    width_px: int
    height_px: int
    time_s: Float
    time_scale: float = 1.0

    def __post_init__(self) -> None:
        _checked(self, "time_s", (None,), np.float64)
        _check_clock(self, self.time_s)
        if not 0 < self.time_scale <= 1:
            raise ValueError(f"Footage.time_scale: expected 0 < scale <= 1, got {self.time_scale}")

    @property
    def duration_s(self) -> float:
        """From the first frame to the end of the last (which lasts as long as the median one)."""
        if self.time_s.size < 2:
            return 0.0
        return float(self.time_s[-1] - self.time_s[0] + np.median(np.diff(self.time_s)))

    @property
    def shown_s(self) -> Float:
        """How long each frame (F,) is shown: until the next; the last as long as the median one."""
        steps_s = np.diff(self.time_s)
        last_s = float(np.median(steps_s)) if steps_s.size else STILL_S
        return np.append(steps_s, last_s)[: self.time_s.size]


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Everybody seen in a stretch of frames, not yet told apart.

    What one chunk task stores and the joined sequence is tracked from. `frame` (D,) counts from
    the start of the footage; a frame in which nobody was seen has no row. `cut` (C,) are the
    frames that begin a new shot: nobody is followed across one.
    """

    skeleton: str
    frame: Int
    box_px: Float  # (D, 4) left, top, right, bottom
    xy_px: Float  # (D, K, 2)
    xyz_m: Float  # (D, K, 3) hip-centred, x right, y down, z away from the camera; NaN if unknown
    score: Float  # (D, K) 0..1
    cut: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (C,) rising
    # The camera: for each of M frames the similarity (a, b, x, y) that lays it on one picture,
    # (u, v) → (a u - b v + x, b u + a v + y) in px; no rows where nobody looked.
    camera_frame: Int = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    camera: Float = field(default_factory=lambda: np.empty((0, 4)))

    def __post_init__(self) -> None:
        _checked(self, "cut", (None,), np.int64)
        _checked(self, "camera_frame", (None,), np.int64)
        _checked(self, "camera", (self.camera_frame.shape[0], 4), np.float64)
        _checked(self, "frame", (None,), np.int64)
        rows = self.frame.shape[0]
        _checked(self, "box_px", (rows, 4), np.float64)
        _checked(self, "score", (rows, None), np.float64)
        _checked(self, "xy_px", (rows, self.score.shape[1], 2), np.float64)
        _checked(self, "xyz_m", (rows, self.score.shape[1], 3), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class PoseTrack:
    """One person through the footage, one row per frame of `time_s`; unseen = NaN.

    `time_s` may be a stretch of the footage's own frames, without holes.
    """

    track_id: int
    skeleton: str
    time_s: Float  # (F,)
    box_px: Float  # (F, 4) left, top, right, bottom
    xy_px: Float  # (F, K, 2)
    xyz_m: Float | None  # (F, K, 3) as in Observations, or None
    score: Float  # (F, K) 0..1; NaN where unseen

    def __post_init__(self) -> None:
        _checked(self, "time_s", (None,), np.float64)
        _check_clock(self, self.time_s)
        frames = self.time_s.shape[0]
        _checked(self, "box_px", (frames, 4), np.float64)
        _checked(self, "score", (frames, None), np.float64)
        keypoints = self.score.shape[1]
        _checked(self, "xy_px", (frames, keypoints, 2), np.float64)
        if self.xyz_m is not None:
            _checked(self, "xyz_m", (frames, keypoints, 3), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class SignalSet:
    """Named time series of one person, each with its unit and its standard deviation."""

    track_id: int
    names: tuple[str, ...]  # (S,)
    units: tuple[str, ...]  # (S,)
    time_s: Float  # (F,)
    values: Float  # (F, S)
    sd: Float  # (F, S) in the signal's own unit

    def __post_init__(self) -> None:
        _checked(self, "time_s", (None,), np.float64)
        _check_clock(self, self.time_s)
        if len(self.units) != len(self.names) or len(set(self.names)) != len(self.names):
            raise ValueError("SignalSet: expected unique names and one unit for each")
        shape = (self.time_s.shape[0], len(self.names))
        _checked(self, "values", shape, np.float64)
        _checked(self, "sd", shape, np.float64)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def column(self, name: str) -> Float:
        """Values (F,) of one signal.

        Raises:
            KeyError: no such signal; the message lists those there are.
        """
        return self.values[:, self._index(name)]

    def column_sd(self, name: str) -> Float:
        """Standard deviations (F,) of one signal."""
        return self.sd[:, self._index(name)]

    def unit(self, name: str) -> str:
        """The unit of one signal."""
        return self.units[self._index(name)]

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"no signal {name!r}; expected one of {', '.join(self.names)}")
        return self.names.index(name)


@dataclass(frozen=True, slots=True, eq=False)
class ActionScores:
    """How likely each label is in each frame."""

    track_id: int
    time_s: Float  # (F,)
    labels: tuple[str, ...]  # (C,)
    prob: Float  # (F, C) 0..1

    def __post_init__(self) -> None:
        _checked(self, "time_s", (None,), np.float64)
        _check_clock(self, self.time_s)
        _checked(self, "prob", (self.time_s.shape[0], len(self.labels)), np.float64)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a technique, between two kinematic events."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Segment:
    """One repetition of one technique by one person."""

    segment_id: str  # unique in its report: "s1", "s2" … in order of start_s
    track_id: int
    technique: str  # a key of the knowledge: "strength.squat"
    phases: tuple[Phase, ...]
    start_s: float
    end_s: float
    score: float  # 0..1
    explanation: Explanation | None = None  # of the fused model's segments
    states: tuple[StateShare, ...] = ()  # likeliest first; only where asked for and known

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ValueError(f"Segment: expected start < end, got {self.start_s} and {self.end_s}")


class Verdict(StrEnum):
    """Where a measurement lies against its band."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    CANNOT_TELL = "cannot_tell"  # the error bar spans the border, or the view hides the metric


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What would have made a finding vanish, all else as measured."""

    metric: str  # as in the finding
    value: float  # the nearest at which the rule no longer holds, in the finding's unit
    change: float  # `value` less what was measured


@dataclass(frozen=True, slots=True)
class Finding:
    """One measurement of one segment against its band.

    `low` or `high` may be -inf or inf (a one-sided band); `at_s` is the moment that shows it;
    `measured` and `sd` are NaN when it could not be measured at all (then `reason` says why).
    """

    finding_id: str  # unique in its report: "f1" …
    rule_id: str  # a fault of the knowledge: "strength.squat.shallow"
    segment_id: str
    track_id: int
    metric: str  # "strength.squat.knee_flexion_bottom"
    verdict: Verdict
    measured: float
    low: float
    high: float
    unit: str
    at_s: float
    sd: float
    confidence: float  # 0..1: probability that the verdict holds, given sd
    reason: str = ""  # a code for cannot_tell: "view", "error_bar", "unseen", "low_frame_rate"
    severity: float = 0.0  # error bars (sd) outside the band; 0 inside or unmeasured
    counterfactual: Counterfactual | None = None  # of what lies outside


@dataclass(frozen=True, slots=True)
class Pattern:
    """One metric (and side) of one person over the repetitions of a technique.

    `mean`, `spread` and `sem` are of the measured values, in `unit`; NaN where there are too few.
    """

    track_id: int
    technique: str
    metric: str
    unit: str
    rule_id: str  # the commonest fault; "" where nothing lies outside
    verdict: Verdict  # the commonest of those that were judged; cannot_tell where none was
    repetitions: int
    judged: int
    count: int  # repetitions of that verdict
    mean: float
    spread: float  # standard deviation between repetitions
    sem: float  # standard error of the mean: the method's own error does not average out
    severity: float  # mean of those outside
    finding_ids: tuple[str, ...]  # those of that verdict


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that was checked, with the findings that bear it out and the moment to show."""

    field: str  # "headline", "why", "cue" or "drill"
    text: str
    finding_ids: tuple[str, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """One sentence that the data do not support, for whoever looks after the wording."""

    text: str
    reason: str
    field: str
    lang: str
    writer: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said to the athlete, in one language, about one or more findings.

    `sentences` are those of the four fields, each checked; a report made before they were kept has
    none. `writer`: "grounded", "local" or "endpoint".
    """

    finding_ids: tuple[str, ...]
    lang: str  # "zh-hans" or "en"
    headline: str
    why: str
    cue: str
    drill: str
    clip_s: tuple[float, float]
    writer: str = "grounded"
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know before trusting the report: code, not words."""

    code: str  # a key of analysis.notices
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A track as the report tells of it."""

    track_id: int
    first_s: float
    last_s: float
    seen: float  # share of the frames between first and last, 0..1
    mean_score: float  # mean keypoint confidence, 0..1


@dataclass(frozen=True, slots=True)
class Scale:
    """What turns one person's pixels into metres, and how level the picture is."""

    track_id: int
    source: str  # "height", "line" or "" when neither is known
    px_per_m: float  # in the first frame's zoom; NaN when unknown
    sd_px_per_m: float
    floor_deg: float  # of the floor against the picture, anticlockwise; NaN when it cannot be told
    sd_floor_deg: float
    camera_moving: float  # share of the frames in which the camera moved, 0..1


@dataclass(frozen=True, slots=True)
class Correction:
    """Something that the estimator got wrong for a while and the sequence put right."""

    correction_id: str  # the same in every run that finds it again
    track_id: int
    kind: str  # "side_swap" or "facing"
    part: str  # "legs", "lower_legs", "hips", "arms", "forearms", "shoulders" or "body"
    start_s: float
    end_s: float
    confidence: float  # 0..1: probability that it was wrong as given
    undone: bool = False  # found, but somebody wants the estimator's reading kept


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a report, so that it can be made again."""

    code_version: str
    config: Mapping[str, Any]
    models: Mapping[str, str]  # name → sha256
    verified_sentences: int = 0
    dropped_sentences: int = 0
    knowledge: Mapping[str, str] = field(default_factory=dict)  # "schema" and "sha256"
    writer: str = "grounded"  # what put the findings into words: its kind, and its model's name


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What one analysis found; the published JSON Schema is this record."""

    schema_version: str
    sport: str | None
    footage: Footage
    people: tuple[Person, ...]
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]
    feedback: tuple[Feedback, ...]
    notices: tuple[Notice, ...]
    provenance: Provenance
    cuts_s: tuple[float, ...] = ()  # when a new shot begins
    corrections: tuple[Correction, ...] = ()
    scales: tuple[Scale, ...] = ()  # one for each of `people`
    patterns: tuple[Pattern, ...] = ()
