"""Why the fused model named a segment as it did, as a report keeps it. Pure records.

Numbers are told in log-odds: of the technique against every other candidate. Shares keep their
sign: above 0 speaks for the label, below 0 against it. Times are those of the segment beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

INTEGRATED_GRADIENTS = "integrated_gradients"
TEXT_TO_POSE, POSE_TO_TEXT = "text_to_pose", "pose_to_text"


@dataclass(frozen=True, slots=True)
class JointShare:
    """A keypoint's part in the decision; "body" is the movement of the whole body."""

    name: str
    share: float  # -1..1; sizes of all joints together make 1


@dataclass(frozen=True, slots=True)
class MomentWeight:
    """A short stretch's part in the decision."""

    t_s: float  # its middle
    weight: float  # -1..1; sizes of all moments together make 1


@dataclass(frozen=True, slots=True)
class SignalPart:
    """What a named signal adds to the log-odds, by two readings of the same perturbed clips."""

    name: str
    shapley: float
    lime: float


@dataclass(frozen=True, slots=True)
class WordAttention:
    """How much of the attention between one word and the pose tokens there is: no attribution."""

    word: str
    share: float  # 0..1, mean over heads and layers
    at_s: float  # the middle of the pose token with the most of it


@dataclass(frozen=True, slots=True)
class StateShare:
    """How likely it is that a segment was done in this state (effort, fatigue, affect)."""

    name: str  # as the weights call it: "tired"
    probability: float  # 0..1; those of all states together make 1


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is told of one segment's label."""

    method: str
    log_odds_gain: float  # over the same person standing still in their mean pose
    completeness_gap: float  # |sum of attributions - log_odds_gain| / |log_odds_gain|
    bin_s: float  # a moment's length
    joints: tuple[JointShare, ...]  # largest first
    moments: tuple[MomentWeight, ...]  # in order of time
    signals: tuple[SignalPart, ...] = ()  # largest first
    attention_direction: str = TEXT_TO_POSE
    attention: tuple[WordAttention, ...] = ()  # in the order of the text

    def at_scale(self, scale: float) -> Explanation:
        """The same on a clock of which one second is `scale` seconds of this one."""
        return replace(
            self,
            bin_s=self.bin_s / scale,
            moments=tuple(replace(m, t_s=m.t_s / scale) for m in self.moments),
            attention=tuple(replace(w, at_s=w.at_s / scale) for w in self.attention),
        )
