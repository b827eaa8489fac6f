"""Motions beside tennis: a jab, a free throw, an overhead press and a deadlift, by key postures.

The rows are those of `strokes`: seconds, then the pelvis's yaw, the chest's yaw, lean, side lean,
knee flexion and head yaw; and the right then the left wrist from its shoulder in chest axes
(ahead, left, up), in shares of stature.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analysis.synthetic.body import ADULT, Body
from analysis.synthetic.strokes import Key, Stroke

if TYPE_CHECKING:
    from collections.abc import Callable

STRAIGHT_FEET: Final = (8.0, -8.0)
GUARD_FEET: Final = (-15.0, -55.0)

_JAB_TURNS: Final[tuple[Key, ...]] = (
    (0.00, -25, -35, 6, 0, 20, 0),
    (0.30, -26, -38, 6, 0, 22, 0),
    (0.52, -22, -52, 8, 0, 24, 0),
    (0.80, -25, -35, 6, 0, 20, 0),
)
_JAB_HANDS: Final[tuple[Key, ...]] = (
    (0.00, 0.13, 0.05, 0.02, 0.15, -0.04, 0.02),
    (0.30, 0.13, 0.05, 0.02, 0.13, -0.04, 0.01),
    (0.52, 0.13, 0.05, 0.03, 0.275, -0.175, 0.04),
    (0.80, 0.13, 0.05, 0.02, 0.15, -0.04, 0.02),
)
_SHOT_TURNS: Final[tuple[Key, ...]] = (
    (0.00, 0, 0, 4, 0, 10, 0),
    (0.50, 0, 0, 10, 0, 52, 0),
    (0.95, 0, 0, 2, 0, 2, 0),
    (1.40, 0, 0, 2, 0, 2, 0),
    (2.00, 0, 0, 4, 0, 10, 0),
)
_SHOT_HANDS: Final[tuple[Key, ...]] = (
    (0.00, 0.14, 0.06, -0.06, 0.14, -0.06, -0.06),
    (0.50, 0.14, 0.06, -0.06, 0.14, -0.06, -0.06),
    (0.72, 0.12, 0.03, 0.10, 0.12, -0.04, 0.08),
    (1.00, 0.11, 0.00, 0.305, 0.12, -0.02, 0.20),
    (1.40, 0.12, 0.00, 0.300, 0.13, -0.02, 0.12),
    (2.00, 0.14, 0.06, -0.06, 0.14, -0.06, -0.06),
)
_PRESS_TURNS: Final[tuple[Key, ...]] = (
    (0.00, 0, 0, 0, 0, 0, 0),
    (0.90, 0, 0, -3, 0, 0, 0),
    (1.30, 0, 0, 0, 0, 0, 0),
    (2.40, 0, 0, 0, 0, 0, 0),
)
_PRESS_HANDS: Final[tuple[Key, ...]] = (
    (0.00, 0.09, -0.02, 0.02, 0.09, 0.02, 0.02),
    (1.10, 0.02, -0.01, 0.326, 0.02, 0.01, 0.326),
    (1.40, 0.02, -0.01, 0.326, 0.02, 0.01, 0.326),
    (2.40, 0.09, -0.02, 0.02, 0.09, 0.02, 0.02),
)
_LIFT_TURNS: Final[tuple[Key, ...]] = (
    (0.00, 0, 0, 0, 0, 0, 0),
    (1.20, 0, 0, 62, 0, 46, 0),
    (1.40, 0, 0, 62, 0, 46, 0),
    (2.60, 0, 0, 0, 0, 0, 0),
)
_LIFT_HANDS: Final[tuple[Key, ...]] = (
    (0.00, 0.04, -0.01, -0.325, 0.04, 0.01, -0.325),
    (1.20, 0.285, -0.01, -0.15, 0.285, 0.01, -0.15),
    (1.40, 0.285, -0.01, -0.15, 0.285, 0.01, -0.15),
    (2.60, 0.04, -0.01, -0.325, 0.04, 0.01, -0.325),
)


def jab(*, body: Body = ADULT, count: int = 3) -> Stroke:
    """Jabs with the left hand from a guard."""
    return Stroke(
        technique="boxing.jab", turns=_JAB_TURNS, hands=_JAB_HANDS, contact_s=(0.3, 0.55),
        right_foot_back_m=0.34, body=body, count=count, name="jab", racket=False, hand="left",
        foot_yaw_deg=GUARD_FEET, heel_lift_deg=10.0,
    )  # fmt: skip


def free_throw(*, body: Body = ADULT, count: int = 3) -> Stroke:
    """Free throws with the right hand, feet kept on the ground."""
    return Stroke(
        technique="basketball.free_throw", turns=_SHOT_TURNS, hands=_SHOT_HANDS,
        contact_s=(0.6, 1.1), right_foot_back_m=0.0, body=body, count=count, name="free_throw",
        racket=False, foot_yaw_deg=STRAIGHT_FEET, heel_lift_deg=0.0, half_apart_m=0.02, sink_m=0.01,
    )  # fmt: skip


def press(*, body: Body = ADULT, count: int = 3) -> Stroke:
    """Overhead presses with both hands."""
    return Stroke(
        technique="strength.press", turns=_PRESS_TURNS, hands=_PRESS_HANDS, contact_s=(0.2, 1.1),
        right_foot_back_m=0.0, body=body, count=count, name="press", racket=False,
        foot_yaw_deg=STRAIGHT_FEET, heel_lift_deg=0.0, half_apart_m=0.02, sink_m=0.01,
    )  # fmt: skip


def deadlift(*, body: Body = ADULT, count: int = 3) -> Stroke:
    """Deadlifts that begin and end upright."""
    return Stroke(
        technique="strength.deadlift", turns=_LIFT_TURNS, hands=_LIFT_HANDS, contact_s=(0.2, 1.2),
        right_foot_back_m=0.0, body=body, count=count, name="deadlift", racket=False,
        foot_yaw_deg=STRAIGHT_FEET, heel_lift_deg=0.0, half_apart_m=0.02, sink_m=0.01,
    )  # fmt: skip


def with_turns(stroke: Stroke, change: Callable[[Key], Key]) -> Stroke:
    """The same stroke with each row of its turns changed."""
    return replace(stroke, turns=tuple(change(row) for row in stroke.turns))


def with_hands(stroke: Stroke, change: Callable[[Key], Key]) -> Stroke:
    """The same stroke with each row of its hands changed."""
    return replace(stroke, hands=tuple(change(row) for row in stroke.hands))
