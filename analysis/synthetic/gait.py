"""Walking and running along x at a steady speed, in closed form.

Unlike the other motions these neither start nor end standing: the athlete is under way from the
first moment to the last, so that somebody can enter a scene, cross it and leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.synthetic.body import ADULT, Body, Posture
from analysis.synthetic.motions import Event, Repetition, swung_arms

if TYPE_CHECKING:
    from analysis.schema import Float

_SIDES: Final = ("left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait:
    """Strides of one body; durations are shares of the stride, lengths shares of stature.

    The left foot lands at 0 and the right half a stride later. A foot stands still for `duty` of
    the stride (over 0.5: walking, with both feet down in between; under 0.5: running, with a
    flight) and is carried on by a whole stride in the rest. `reach_share` is how far before the
    hips the ankle lies in the middle of the stance.
    """

    body: Body = ADULT
    strides: float = 4.0
    stride_s: float
    speed_m_s: float
    duty: float
    pelvis_share: float  # its mean height
    bob_share: float  # positive: highest over the standing foot, as in walking
    reach_share: float
    lift_share: float  # of the toe in mid swing
    heel_off: float  # share of the stance after which the heel rises
    toe_off_deg: float  # the foot's pitch when the toe leaves
    kick_deg: float  # pitch added in early swing
    half_width_share: float
    lean_deg: float
    swing_deg: float  # of the arms, to either side
    elbow_deg: float
    turn_deg: float  # of the pelvis, and of the chest against it
    name: str
    racket: bool = False

    @property
    def duration_s(self) -> float:
        """Of all strides."""
        return self.strides * self.stride_s

    @property
    def stride_m(self) -> float:
        """From one landing of a foot to its next."""
        return self.speed_m_s * self.stride_s

    @property
    def events(self) -> tuple[Event, ...]:
        """Every landing."""
        steps = range(int(np.ceil(2 * self.strides)))
        return tuple(Event(f"{_SIDES[i % 2]}_landing", i * self.stride_s / 2) for i in steps)

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """None: no technique is claimed."""
        return ()

    def posture(self, time_s: Float) -> Posture:
        """Pelvis at constant speed, feet planted or carried, limbs following."""
        frames = time_s.size
        phase = time_s / self.stride_s
        # Over the standing foot the phase within a step is half the duty.
        step = np.cos(4.0 * np.pi * (phase - self.duty / 2.0))
        height = self.body.height_m * (self.pelvis_share + self.bob_share * step)
        feet = [self._foot(phase - shift, shift=shift) for shift in (0.0, 0.5)]
        toe = np.stack([place for place, _ in feet], axis=1)
        toe[:, 0, 1] += self.body.height_m * self.half_width_share
        toe[:, 1, 1] -= self.body.height_m * self.half_width_share
        ahead = np.cos(2.0 * np.pi * phase)  # 1 when the left foot lands
        zero = np.zeros(frames)
        return Posture(
            pelvis_m=np.stack([self.stride_m * phase, zero, height], axis=-1),
            pelvis_yaw_deg=-self.turn_deg * ahead,
            chest_yaw_deg=self.turn_deg * ahead,
            lean_deg=np.full(frames, self.lean_deg),
            side_deg=zero,
            head_pitch_deg=np.full(frames, 0.3 * self.lean_deg),
            head_yaw_deg=zero,
            toe_m=toe,
            foot_yaw_deg=np.tile([4.0, -4.0], (frames, 1)),
            foot_pitch_deg=np.stack([pitch for _, pitch in feet], axis=1),
            knee_in_deg=zero,
            **self._arms(ahead),
        )

    def _foot(self, phase: Float, *, shift: float) -> tuple[Float, Float]:
        """Toe (F, 3) on the midline and pitch (F,) of a foot that lands at whole phases."""
        stride = np.floor(phase)
        within = phase - stride
        swing = np.clip((within - self.duty) / (1.0 - self.duty), 0.0, 1.0)
        carried = 0.45 * swing + 0.55 * _smooth(swing)  # not at rest as it lands
        first_m = self.body.length_m("toe_before_ankle") + self.body.height_m * self.reach_share
        toe_x = first_m + self.stride_m * (stride + shift + self.duty / 2.0 + carried)
        arc = np.sin(np.pi * swing) ** 2
        toe_z = self.body.length_m("sole_height") + self.body.height_m * self.lift_share * arc
        stance = np.clip(within / self.duty, 0.0, 1.0)
        rise = _smooth((stance - self.heel_off) / (1.0 - self.heel_off))
        pitch = self.toe_off_deg * rise * (1.0 - _smooth(swing * 1.25))
        pitch = pitch + self.kick_deg * np.sin(np.pi * np.sqrt(swing)) ** 2
        return np.stack([toe_x, np.zeros_like(toe_x), toe_z], axis=-1), pitch

    def _arms(self, ahead: Float) -> dict[str, Float]:
        """The left arm swings back as the left foot comes forward."""
        sides = [
            swung_arms(self.body, raise_deg=sign * self.swing_deg * ahead, bend_deg=self.elbow_deg)
            for sign in (-1.0, 1.0)
        ]
        return {
            name: np.stack([sides[0][name][:, 0], sides[1][name][:, 1]], axis=1)
            for name in ("hand_m", "elbow_hint")
        }


def walk(*, body: Body = ADULT, strides: float = 4.0, speed_m_s: float = 1.15) -> Gait:
    """An easy walk; the stride takes as long as a stride of 0.69 statures asks for."""
    return Gait(
        body=body,
        strides=strides,
        speed_m_s=speed_m_s,
        stride_s=0.69 * body.height_m / speed_m_s,
        duty=0.62,
        pelvis_share=0.511,
        bob_share=0.008,
        reach_share=-0.0657,
        lift_share=0.020,
        heel_off=0.38,
        toe_off_deg=58.0,
        kick_deg=14.0,
        half_width_share=0.040,
        lean_deg=3.0,
        swing_deg=24.0,
        elbow_deg=18.0,
        turn_deg=5.0,
        name="walk",
    )


def run(*, body: Body = ADULT, strides: float = 4.0, speed_m_s: float = 3.0) -> Gait:
    """An easy run of strides of 1.23 statures."""
    return Gait(
        body=body,
        strides=strides,
        speed_m_s=speed_m_s,
        stride_s=1.23 * body.height_m / speed_m_s,
        duty=0.36,
        pelvis_share=0.500,
        bob_share=-0.016,
        reach_share=-0.1143,
        lift_share=0.057,
        heel_off=0.40,
        toe_off_deg=58.0,
        kick_deg=52.0,
        half_width_share=0.0286,
        lean_deg=8.0,
        swing_deg=38.0,
        elbow_deg=88.0,
        turn_deg=7.0,
        name="run",
    )


def _smooth(share: Float) -> Float:
    """From 0 to 1 with no speed at either end."""
    u = np.clip(share, 0.0, 1.0)
    return np.asarray(u * u * (3.0 - 2.0 * u), dtype=np.float64)
