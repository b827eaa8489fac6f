"""Countermovement jumps: quintics on the ground, gravity alone in the air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.synthetic.body import ADULT, Body, Posture
from analysis.synthetic.motions import (
    GRAVITY_M_S2,
    STANCE_HALF_M,
    STANCE_SOFT_DEG,
    Event,
    Repetition,
    ease,
    pelvis_over,
    stance,
    swung_arms,
)

if TYPE_CHECKING:
    from analysis.schema import Float

_TIPTOE_DEG: Final = 52.0  # heel lift at take-off and landing
_STRETCH: Final = 0.997  # of the leg's length at take-off


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumps:
    """Vertical jumps, each to its own height (rise of the pelvis after take-off, metres)."""

    body: Body = ADULT
    heights_m: tuple[float, ...] = (0.35,) * 3
    dip_knee_deg: float = 92.0
    land_knee_deg: float = 78.0
    arm_share: float = 1.0  # of the full swing
    arms_early_s: float = 0.0  # that the arms swing before they should
    knee_in_deg: float = 0.0  # knees fall inwards while landing
    dip_s: float = 0.55
    push_s: float = 0.30
    absorb_s: float = 0.34
    recover_s: float = 0.75
    rest_s: float = 1.0
    lead_s: float = 0.6
    name: str = "jump"
    racket: bool = False

    def _air_s(self, height_m: float) -> float:
        return float(2.0 * np.sqrt(2.0 * height_m / GRAVITY_M_S2))

    def _work_s(self, height_m: float) -> float:
        ground_s = self.dip_s + self.push_s + self.absorb_s + self.recover_s
        return ground_s + self._air_s(height_m)

    def _starts_s(self) -> list[float]:
        starts, now_s = [], self.lead_s
        for height_m in self.heights_m:
            starts.append(now_s)
            now_s += self._work_s(height_m) + self.rest_s
        return starts

    @property
    def duration_s(self) -> float:
        """Standing before, all jumps, and the rest after each."""
        return self.lead_s + sum(self._work_s(h) + self.rest_s for h in self.heights_m)

    @property
    def events(self) -> tuple[Event, ...]:
        """Bottom, take-off, peak and landing of every jump."""
        found = []
        for start_s, height_m in zip(self._starts_s(), self.heights_m, strict=True):
            bottom_s, air_s = start_s + self.dip_s, self._air_s(height_m)
            off_s = bottom_s + self.push_s
            found += [
                Event("bottom", bottom_s),
                Event("take_off", off_s),
                Event("peak", off_s + air_s / 2),
                Event("landing", off_s + air_s),
            ]
        return tuple(found)

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """From the dip's start to standing again."""
        return tuple(
            Repetition("athletics.vertical_jump", start_s, start_s + self._work_s(height_m))
            for start_s, height_m in zip(self._starts_s(), self.heights_m, strict=True)
        )

    def posture(self, time_s: Float) -> Posture:
        """Standing, overwritten by each jump while it lasts."""
        chosen = self._one(time_s - self._starts_s()[0], height_m=self.heights_m[0])
        pairs = zip(self._starts_s(), self.heights_m, strict=True)
        for start_s, height_m in list(pairs)[1:]:
            later = time_s >= start_s
            other = self._one(time_s - start_s, height_m=height_m)
            for name, values in other.items():
                mask = later.reshape(-1, *(1,) * (values.ndim - 1))
                chosen[name] = np.where(mask, values, chosen[name])
        return Posture(**chosen)

    def _one(self, time_s: Float, *, height_m: float) -> dict[str, Float]:
        """One jump that starts at 0; standing before and after."""
        body = self.body
        air_s = self._air_s(height_m)
        off_s = self.dip_s + self.push_s
        down_s = off_s + air_s
        lift = self._heel_lift(time_s, off_s=off_s, down_s=down_s)
        in_air = np.clip(time_s - off_s, 0.0, air_s)
        flown_m = 0.5 * GRAVITY_M_S2 * in_air * (air_s - in_air)
        pose = stance(body, frames=time_s.size)
        pose["pelvis_m"] = self._pelvis(time_s, height_m=height_m, down_s=down_s, flown_m=flown_m)
        pose["toe_m"] = pose["toe_m"] + flown_m[:, None, None] * np.array([0.0, 0.0, 1.0])
        pose["foot_pitch_deg"] = np.stack([lift, lift], axis=1)
        dip = ease(time_s, start_s=0.0, end_s=self.dip_s) - ease(
            time_s, start_s=self.dip_s, end_s=off_s
        )
        land = ease(time_s, start_s=down_s - 0.06, end_s=down_s + self.absorb_s) - ease(
            time_s, start_s=down_s + self.absorb_s, end_s=down_s + self.absorb_s + self.recover_s
        )
        up_s = self.dip_s - 0.16 - self.arms_early_s
        reach = ease(time_s, start_s=up_s, end_s=off_s + 0.1 - self.arms_early_s) - ease(
            time_s, start_s=off_s + 0.5 * air_s, end_s=down_s + 0.1
        )
        pose["lean_deg"] = 38.0 * dip + 30.0 * land + 2.0 * reach
        pose["head_pitch_deg"] = 10.0 * dip + 10.0 * land - 12.0 * reach
        back = ease(time_s, start_s=0.0, end_s=0.8 * self.dip_s) - ease(
            time_s, start_s=0.7 * self.dip_s, end_s=off_s
        )
        pose["knee_in_deg"] = self.knee_in_deg * land
        raise_deg = 3.0 + self.arm_share * (145.0 * reach - 48.0 * back) + 32.0 * land
        return pose | swung_arms(body, raise_deg=raise_deg, bend_deg=14.0)

    def _heel_lift(self, time_s: Float, *, off_s: float, down_s: float) -> Float:
        """Heels rise late in the push, hang in the air and come down soon after landing."""
        rise = ease(time_s, start_s=off_s - 0.17, end_s=off_s)
        fall = ease(time_s, start_s=down_s, end_s=down_s + 0.17)
        return np.asarray(_TIPTOE_DEG * (rise - fall), dtype=np.float64)

    def _pelvis(self, time_s: Float, *, height_m: float, down_s: float, flown_m: Float) -> Float:
        body, off_s = self.body, self.dip_s + self.push_s
        stand, dip, sunk = (
            pelvis_over(body, knee_deg=np.array([knee]), shin_share=share)[0]
            for knee, share in (
                (STANCE_SOFT_DEG, 0.5),
                (self.dip_knee_deg, 0.36),
                (self.land_knee_deg, 0.38),
            )
        )
        top = self._tiptoe()
        speed_m_s = float(np.sqrt(2.0 * GRAVITY_M_S2 * height_m))
        still, flight = np.zeros(3), np.array([0.0, 0.0, -GRAVITY_M_S2])
        rising, falling = np.array([0.0, 0.0, speed_m_s]), np.array([0.0, 0.0, -speed_m_s])
        up = np.array([0.0, 0.0, 2.0 * GRAVITY_M_S2])  # pushing already at the bottom
        knots = [
            (0.0, stand, still, still),
            (self.dip_s, dip, still, up),
            (off_s, top, rising, flight),
            (down_s, top, falling, flight),
            (down_s + self.absorb_s, sunk, still, 0.15 * up),
            (down_s + self.absorb_s + self.recover_s, stand, still, still),
        ]
        path = _through(knots, time_s)
        airborne = (time_s > off_s) & (time_s < down_s)
        path[airborne] = top + flown_m[airborne, None] * np.array([0.0, 0.0, 1.0])
        return path

    def _tiptoe(self) -> Float:
        """The pelvis at take-off: legs stretched over the balls of the feet, heels up."""
        body, pitch = self.body, np.deg2rad(_TIPTOE_DEG)
        toe_x, sole = body.length_m("toe_before_ankle"), body.length_m("sole_height")
        rise = body.length_m("ankle_height") - sole
        ankle_x = toe_x - toe_x * np.cos(pitch) + rise * np.sin(pitch)
        ankle_z = sole + toe_x * np.sin(pitch) + rise * np.cos(pitch)
        whole = _STRETCH * (body.length_m("thigh") + body.length_m("shank"))
        splay = STANCE_HALF_M - body.length_m("half_hips")
        return np.array([ankle_x, 0.0, ankle_z + np.sqrt(whole**2 - splay**2)])


def _through(knots: list[tuple[float, Float, Float, Float]], time_s: Float) -> Float:
    """The path (F, 3) through (time, place, velocity, acceleration); still before and after."""
    from scipy.interpolate import BPoly

    curve = BPoly.from_derivatives(
        [k[0] for k in knots], [np.stack(k[1:]) for k in knots], orders=[5] * (len(knots) - 1)
    )
    path: Float = curve(np.clip(time_s, knots[0][0], knots[-1][0]))
    return path
