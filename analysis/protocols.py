"""Four small Protocols: what a backend must be, and nothing of how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from analysis.schema import (
        ActionScores,
        Feedback,
        Finding,
        Float,
        Observations,
        PoseTrack,
        Segment,
        SignalSet,
    )

    Frame = NDArray[np.uint8]  # (H, W, 3) RGB, upright


class PersonDetector(Protocol):
    """Finds people in one frame."""

    def detect(self, frame: Frame) -> tuple[Float, Float]:
        """Boxes (N, 4) in px and scores (N,) 0..1."""
        ...


class PoseEstimator(Protocol):
    """Sees every person in a stretch of frames; a new stretch starts without memory."""

    skeleton: str
    models: Mapping[str, str]  # file name → sha256

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        """Everybody in `frames`, which come as (index in the footage, picture) in rising order."""
        ...


class ActionModel(Protocol):
    """Says which technique is under way, frame by frame, and cuts repetitions out of it."""

    models: Mapping[str, str]

    def score(self, signals: SignalSet, track: PoseTrack) -> ActionScores:
        """Probability of each technique in each frame."""
        ...

    def segment(self, scores: ActionScores, signals: SignalSet) -> Sequence[Segment]:
        """Repetitions in order of time, with phases."""
        ...


class Phraser(Protocol):
    """Puts findings into words; what it writes is verified before it is kept."""

    @property
    def writer(self) -> str:
        """What writes: its kind, and the name of its model if it has one."""
        ...

    def phrase(
        self, findings: Sequence[Finding], *, segments: Sequence[Segment], lang: str
    ) -> Sequence[Feedback]:
        """One piece of feedback per point worth telling, most important first.

        Raises:
            WriterError: a language model could not be had, or wrote nothing that can be read.
        """
        ...
