"""Strokes, shots, punches and lifts of a right-hander, by smooth curves through key postures.

Keys are in shares of stature for places and in degrees for turns; a curve through them is a
shape-preserving cubic (PCHIP) of a smoothed clock, so nothing overshoots its keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import ADULT, Body, Posture, joints
from analysis.synthetic.motions import Event, Repetition, pelvis_over, stance

if TYPE_CHECKING:
    from analysis.schema import Float

Key = tuple[float, ...]

# One row per moment (seconds from the stroke's start): the pelvis's yaw, the chest's yaw, lean,
# side lean, knee flexion, head yaw.
_FOREHAND_TURNS: Final[tuple[Key, ...]] = (
    (0.00, -5, -5, 10, 0, 25, 0),
    (0.55, -48, -82, 8, -4, 42, -12),
    (0.80, -45, -78, 10, -6, 46, -10),
    (1.04, 4, -6, 8, -4, 30, -4),
    (1.30, 24, 48, 6, 2, 22, 0),
    (1.60, 22, 44, 8, 2, 25, 0),
    (2.30, -5, -5, 10, 0, 25, 0),
)
# The right then the left wrist from its shoulder in chest axes (ahead, left, up), in stature.
_FOREHAND_HANDS: Final[tuple[Key, ...]] = (
    (0.00, 0.17, 0.09, -0.13, 0.19, -0.10, -0.13),
    (0.55, 0.05, -0.22, -0.02, 0.24, -0.16, -0.03),
    (0.80, 0.00, -0.27, -0.13, 0.24, -0.08, -0.04),
    (1.04, 0.24, -0.13, -0.11, 0.10, 0.04, -0.10),
    (1.14, 0.28, 0.00, -0.02, 0.08, 0.02, -0.12),
    (1.30, 0.17, 0.21, 0.04, 0.10, -0.03, -0.12),
    (1.60, 0.14, 0.20, 0.00, 0.12, -0.06, -0.13),
    (2.30, 0.17, 0.09, -0.13, 0.19, -0.10, -0.13),
)
_SERVE_TURNS: Final[tuple[Key, ...]] = (
    (0.00, -55, -60, 6, 0, 14, -25),
    (0.70, -70, -82, 2, 4, 30, -40),
    (1.15, -72, -95, -10, 16, 62, -45),
    (1.40, -30, -50, -4, 20, 20, -20),
    (1.52, -8, -6, 10, 18, 8, -4),
    (1.80, 12, 30, 36, 4, 22, 0),
    (2.25, 8, 20, 26, 2, 24, 0),
    (3.10, -55, -60, 6, 0, 14, -25),
)
_SERVE_HANDS: Final[tuple[Key, ...]] = (
    (0.00, 0.20, 0.06, -0.12, 0.22, -0.07, -0.12),
    (0.70, -0.04, -0.20, -0.14, 0.14, 0.10, 0.16),
    (1.15, -0.04, -0.15, 0.10, 0.06, 0.12, 0.28),
    (1.38, -0.16, -0.10, 0.06, 0.14, -0.02, 0.02),
    (1.52, 0.10, -0.04, 0.30, 0.11, -0.07, -0.10),
    (1.64, 0.29, 0.06, 0.04, 0.10, -0.06, -0.12),
    (1.80, 0.16, 0.18, -0.16, 0.10, -0.05, -0.14),
    (2.25, 0.15, 0.16, -0.18, 0.12, -0.06, -0.13),
    (3.10, 0.20, 0.06, -0.12, 0.22, -0.07, -0.12),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """Repeated strokes from a ready stance; feet stay planted, the right heel may lift."""

    technique: str
    turns: tuple[Key, ...]
    hands: tuple[Key, ...]
    contact_s: tuple[float, float]  # between which the racket hand is fastest
    right_foot_back_m: float
    body: Body = ADULT
    count: int = 3
    rest_s: float = 1.0
    lead_s: float = 0.8
    name: str = "forehand"
    racket: bool = True
    hand: str = "right"  # whose contact it is
    foot_yaw_deg: tuple[float, float] = (-20.0, -60.0)
    heel_lift_deg: float = 35.0  # of the right foot, as the pelvis turns
    half_apart_m: float = 0.10  # that each foot stands further out than in the stance
    sink_m: float = 0.065  # of the pelvis, for feet that far apart

    @property
    def stroke_s(self) -> float:
        """From the ready stance back to it."""
        return self.turns[-1][0]

    @property
    def duration_s(self) -> float:
        """Standing ready before, all strokes, and the rest after each."""
        return self.lead_s + self.count * (self.stroke_s + self.rest_s)

    def _starts_s(self) -> list[float]:
        return [self.lead_s + i * (self.stroke_s + self.rest_s) for i in range(self.count)]

    @property
    def events(self) -> tuple[Event, ...]:
        """Contact: when the right wrist is fastest, to a tenth of a millisecond."""
        grid_s = np.arange(*self.contact_s, 1e-4)
        place = BLAZEPOSE33.index(f"{self.hand}_wrist")
        wrist = joints(self._at(grid_s), body=self.body)[:, place]
        speed = np.linalg.norm(np.gradient(wrist, grid_s, axis=0), axis=1)
        fastest_s = float(grid_s[int(np.argmax(speed))])
        return tuple(Event("contact", start_s + fastest_s) for start_s in self._starts_s())

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """From leaving the ready stance to being back in it."""
        return tuple(Repetition(self.technique, s, s + self.stroke_s) for s in self._starts_s())

    def posture(self, time_s: Float) -> Posture:
        """The stroke under way, or ready."""
        local_s = np.zeros_like(time_s)
        for start_s in self._starts_s():
            inside = (time_s >= start_s) & (time_s < start_s + self.stroke_s)
            local_s = np.where(inside, time_s - start_s, local_s)
        return self._at(local_s)

    def _at(self, time_s: Float) -> Posture:
        body, frames = self.body, time_s.size
        turns = _curve(self.turns, time_s)
        hands = _curve(self.hands, time_s) * body.height_m
        pose: dict[str, Float] = dict(stance(body, frames=frames))
        forward = self.right_foot_back_m
        pose["toe_m"] = pose["toe_m"] + np.array(
            [[0.5 * forward, self.half_apart_m, 0.0], [-0.5 * forward, -self.half_apart_m, 0.0]]
        )
        pose["foot_yaw_deg"] = np.tile(self.foot_yaw_deg, (frames, 1))
        pose["pelvis_yaw_deg"], pose["chest_yaw_deg"] = turns[:, 0], turns[:, 1]
        pose["lean_deg"], pose["side_deg"] = turns[:, 2], turns[:, 3]
        pose["head_yaw_deg"] = turns[:, 5]
        sunk = pelvis_over(body, knee_deg=turns[:, 4] + 12.0, shin_share=0.45)
        along = 0.25 * forward * np.clip(turns[:, 0] / 60.0, -1.0, 0.6)
        pose["pelvis_m"] = sunk * np.array([0.0, 0.0, 1.0]) + np.stack(
            [along, np.zeros(frames), np.full(frames, -self.sink_m)], axis=-1
        )
        pose["hand_m"] = np.stack([hands[:, 3:6], hands[:, 0:3]], axis=1)
        down = np.array([[-0.4, 0.6, -1.0], [-0.4, -0.6, -1.0]])
        pose["elbow_hint"] = np.tile(down, (frames, 1, 1))
        lift = np.clip((turns[:, 0] + 30.0) / 50.0, 0.0, 1.0)
        pose["foot_pitch_deg"] = np.stack(
            [np.zeros(frames), self.heel_lift_deg * lift**2 * (3 - 2 * lift)], 1
        )
        return Posture(**pose)


def forehand(*, body: Body = ADULT, count: int = 3) -> Stroke:
    """Forehands of a right-hander in an open stance."""
    return Stroke(
        technique="tennis.forehand", turns=_FOREHAND_TURNS, hands=_FOREHAND_HANDS,
        contact_s=(0.85, 1.3), right_foot_back_m=0.16, body=body, count=count, name="forehand",
    )  # fmt: skip


def serve(*, body: Body = ADULT, count: int = 3) -> Stroke:
    """Serves of a right-hander, feet kept on the ground."""
    return Stroke(
        technique="tennis.serve", turns=_SERVE_TURNS, hands=_SERVE_HANDS,
        contact_s=(1.38, 1.75), right_foot_back_m=0.34, body=body, count=count, name="serve",
    )  # fmt: skip


def _curve(keys: tuple[Key, ...], time_s: Float) -> Float:
    """Values (F, N) of a PCHIP through the keys, of which the first column is the time."""
    from scipy.interpolate import PchipInterpolator

    rows = np.array(keys, dtype=np.float64)
    values: Float = PchipInterpolator(rows[:, 0], rows[:, 1:], axis=0)(
        np.clip(time_s, rows[0, 0], rows[-1, 0])
    )
    return values
