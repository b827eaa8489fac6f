"""Closed-form motion: standing, squats, vertical jumps, and motions one after another.

Everything starts and ends standing at the same place, so motions can be strung together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from analysis.synthetic.body import ADULT, Body, Posture

if TYPE_CHECKING:
    from analysis.schema import Float

GRAVITY_M_S2: Final = 9.81
STANCE_HALF_M: Final = 0.14
TOES_OUT_DEG: Final = 8.0
STANCE_SOFT_DEG: Final = 4.0  # knees of somebody who stands are not locked


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of a motion: "bottom", "take_off", "peak", "landing", "contact" and the like."""

    name: str
    time_s: float


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition of one technique, with the fault that was built in ("" for none)."""

    technique: str
    start_s: float
    end_s: float
    fault: str = ""


class Motion(Protocol):
    """A movement that is known at every moment."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def body(self) -> Body:
        """Whose motion it is."""
        ...

    @property
    def duration_s(self) -> float:
        """From standing to standing."""
        ...

    @property
    def events(self) -> tuple[Event, ...]:
        """In order of time."""
        ...

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """In order of time."""
        ...

    @property
    def racket(self) -> bool:
        """Whether a racket is held."""
        ...

    def posture(self, time_s: Float) -> Posture:
        """The posture at times (F,) in seconds; the ends hold before and after."""
        ...


def ease(time_s: Float, *, start_s: float, end_s: float) -> Float:
    """From 0 to 1 with no speed and no acceleration at either end (minimum jerk)."""
    u = np.clip((time_s - start_s) / (end_s - start_s), 0.0, 1.0)
    return np.asarray(u**3 * (10.0 - 15.0 * u + 6.0 * u**2), dtype=np.float64)


def stance(body: Body, *, frames: int) -> dict[str, Float]:
    """The fields of a Posture that stands still, toes planted, arms hanging."""
    toe_x = body.length_m("toe_before_ankle")
    toe = np.array([[toe_x, s * STANCE_HALF_M, body.length_m("sole_height")] for s in (1, -1)])
    zero = np.zeros(frames)
    return {
        "pelvis_m": pelvis_over(body, knee_deg=np.full(frames, STANCE_SOFT_DEG), shin_share=0.5),
        "pelvis_yaw_deg": zero,
        "chest_yaw_deg": zero,
        "lean_deg": zero,
        "side_deg": zero,
        "head_pitch_deg": zero,
        "head_yaw_deg": zero,
        "toe_m": np.tile(toe, (frames, 1, 1)),
        "foot_yaw_deg": np.tile([TOES_OUT_DEG, -TOES_OUT_DEG], (frames, 1)),
        "foot_pitch_deg": np.zeros((frames, 2)),
        "knee_in_deg": zero,
        **swung_arms(body, raise_deg=zero + 3.0, bend_deg=14.0),
    }


def pelvis_over(body: Body, *, knee_deg: Float, shin_share: Float | float) -> Float:
    """Where the pelvis is (F, 3) above planted feet, given the knee's flexion.

    `shin_share` of the flexion is the shin's tilt forward, the rest the thigh's tilt backward.
    Legs splay from hips to feet, so the sagittal lengths are what the splay leaves of the bones;
    the knee's flexion then differs from `knee_deg` by under a degree (Truth tells it exactly).
    """
    splay = STANCE_HALF_M - body.length_m("half_hips")
    whole = body.length_m("shank") + body.length_m("thigh")
    flat = np.sqrt(1.0 - (splay / whole) ** 2)
    shin, thigh = np.deg2rad(shin_share * knee_deg), np.deg2rad((1.0 - shin_share) * knee_deg)
    shank_m, thigh_m = body.length_m("shank") * flat, body.length_m("thigh") * flat
    ahead = shank_m * np.sin(shin) - thigh_m * np.sin(thigh)
    height = body.length_m("ankle_height") + shank_m * np.cos(shin) + thigh_m * np.cos(thigh)
    return np.stack([ahead, np.zeros_like(ahead), height], axis=-1)


def swung_arms(body: Body, *, raise_deg: Float, bend_deg: float) -> dict[str, Float]:
    """Both arms raised forward, a little outward, with a fixed elbow bend: fields of a Posture."""
    upper, lower = body.length_m("upper_arm"), body.length_m("forearm")
    span = np.sqrt(upper**2 + lower**2 + 2 * upper * lower * np.cos(np.deg2rad(bend_deg)))
    angle, out = np.deg2rad(raise_deg), np.deg2rad(9.0)
    ahead, up = span * np.sin(angle) * np.cos(out), -span * np.cos(angle) * np.cos(out)
    side = np.full_like(angle, span * np.sin(out))
    half = np.full_like(angle, 0.5)
    hands = [np.stack([ahead, s * side, up], axis=-1) for s in (1.0, -1.0)]
    hints = [np.stack([-np.cos(angle), s * half, -np.sin(angle)], axis=-1) for s in (1.0, -1.0)]
    return {"hand_m": np.stack(hands, axis=1), "elbow_hint": np.stack(hints, axis=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody who stands still."""

    body: Body = ADULT
    duration_s: float = 2.0
    name: str = "standing"
    racket: bool = False
    events: tuple[Event, ...] = ()
    repetitions: tuple[Repetition, ...] = ()

    def posture(self, time_s: Float) -> Posture:
        """The same at all times."""
        return Posture(**stance(self.body, frames=time_s.size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Squats:
    """Squats, each to its own depth (flexion of the knee in degrees); feet flat and planted.

    `lean_share` is the trunk's lean per degree of knee flexion (0.36 keeps the weight over the
    feet; 0.6 is a trunk that falls forward); `knee_in_deg` lets the knees fall inwards.
    """

    body: Body = ADULT
    depths_deg: tuple[float, ...] = (115.0,) * 5
    down_s: float = 1.2
    hold_s: float = 0.2
    up_s: float = 1.0
    rest_s: float = 0.8
    lead_s: float = 1.0
    shallow_deg: float = 90.0
    lean_share: float = 0.36
    knee_in_deg: float = 0.0
    name: str = "squat"
    racket: bool = False

    @property
    def cycle_s(self) -> float:
        """From one start to the next."""
        return self.down_s + self.hold_s + self.up_s + self.rest_s

    @property
    def duration_s(self) -> float:
        """Standing before, all repetitions, and the last one's rest."""
        return self.lead_s + self.cycle_s * len(self.depths_deg)

    def _starts_s(self) -> list[float]:
        return [self.lead_s + i * self.cycle_s for i in range(len(self.depths_deg))]

    @property
    def events(self) -> tuple[Event, ...]:
        """The middle of each bottom."""
        return tuple(Event("bottom", s + self.down_s + self.hold_s / 2) for s in self._starts_s())

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """From leaving the stance to being back in it."""
        work_s = self.cycle_s - self.rest_s
        return tuple(
            Repetition("strength.squat", s, s + work_s, "shallow" if d < self.shallow_deg else "")
            for s, d in zip(self._starts_s(), self.depths_deg, strict=True)
        )

    def posture(self, time_s: Float) -> Posture:
        """Knee flexion by minimum jerk down and up; shin, trunk and arms follow it."""
        knee_deg = np.full(time_s.shape, STANCE_SOFT_DEG)
        for start_s, depth_deg in zip(self._starts_s(), self.depths_deg, strict=True):
            bottom_s, rise_s = start_s + self.down_s, start_s + self.down_s + self.hold_s
            sunk = ease(time_s, start_s=start_s, end_s=bottom_s) - ease(
                time_s, start_s=rise_s, end_s=rise_s + self.up_s
            )
            knee_deg = knee_deg + (depth_deg - STANCE_SOFT_DEG) * sunk
        bent_deg = knee_deg - STANCE_SOFT_DEG
        pose = stance(self.body, frames=time_s.size)
        deep = np.clip(bent_deg / 110.0, 0.0, 1.0)
        share = 0.5 - 0.17 * deep * (2.0 - deep)  # a deep squat sits back
        pose["pelvis_m"] = pelvis_over(self.body, knee_deg=knee_deg, shin_share=share)
        pose["lean_deg"] = self.lean_share * bent_deg
        pose["head_pitch_deg"] = 0.12 * bent_deg
        pose["knee_in_deg"] = self.knee_in_deg * bent_deg / 100.0
        raise_deg = 3.0 + (80.0 + 100.0 * self.lean_share) * np.tanh(bent_deg / 55.0)
        return Posture(**(pose | swung_arms(self.body, raise_deg=raise_deg, bend_deg=14.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class InTurn:
    """Motions of one body, one after another."""

    parts: tuple[Motion, ...]
    name: str

    @property
    def body(self) -> Body:
        """Whose motion it is."""
        return self.parts[0].body

    @property
    def racket(self) -> bool:
        """Whether a racket is held."""
        return any(part.racket for part in self.parts)

    @property
    def duration_s(self) -> float:
        """Of all together."""
        return sum(part.duration_s for part in self.parts)

    def _offsets_s(self) -> list[float]:
        return [sum(p.duration_s for p in self.parts[:i]) for i in range(len(self.parts))]

    @property
    def events(self) -> tuple[Event, ...]:
        """Those of the parts, on this motion's clock."""
        return tuple(
            Event(event.name, event.time_s + offset_s)
            for part, offset_s in zip(self.parts, self._offsets_s(), strict=True)
            for event in part.events
        )

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """Those of the parts, on this motion's clock."""
        return tuple(
            Repetition(rep.technique, rep.start_s + offset_s, rep.end_s + offset_s, rep.fault)
            for part, offset_s in zip(self.parts, self._offsets_s(), strict=True)
            for rep in part.repetitions
        )

    def posture(self, time_s: Float) -> Posture:
        """That of the part under way."""
        offsets_s = self._offsets_s()
        under_way = np.clip(np.searchsorted(offsets_s, time_s, side="right") - 1, 0, None)
        postures = [
            part.posture(time_s - offset_s)
            for part, offset_s in zip(self.parts, offsets_s, strict=True)
        ]
        chosen: dict[str, Float] = {}
        for field in fields(Posture):
            stacked = np.stack([getattr(posture, field.name) for posture in postures])
            chosen[field.name] = stacked[under_way, np.arange(time_s.size)]
        return Posture(**chosen)
