"""Motions with a fault built in on purpose, and the finding that should name it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from analysis.synthetic.drills import deadlift, free_throw, jab, press, with_hands, with_turns
from analysis.synthetic.gait import run
from analysis.synthetic.jumps import Jumps
from analysis.synthetic.motions import Squats
from analysis.synthetic.strokes import forehand, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.synthetic.body import Body
    from analysis.synthetic.motions import Motion
    from analysis.synthetic.strokes import Key, Stroke

SIDE_DEG: Final = 90.0
FRONT_DEG: Final = 0.0
OBLIQUE_DEG: Final = 50.0
REPETITIONS: Final = 2


@dataclass(frozen=True, slots=True)
class Planted:
    """One kind of motion; `fault` is the key of the finding that names it, "" for a clean one."""

    technique: str
    fault: str
    view_deg: float
    make: Callable[[Body], Motion]
    is_marked: bool = False  # the fault hides the motion from a segmenter without training


def planted() -> tuple[Planted, ...]:
    """Every kind, the clean ones of a technique from each view that its faults are seen from."""
    kinds = [*_squats(), *_jumps(), *_forehands(), *_serves(), *_runs(), *_others()]
    views = {(kind.technique, kind.view_deg) for kind in kinds}
    clean = [
        Planted(technique, "", view_deg, CLEAN[technique]) for technique, view_deg in sorted(views)
    ]
    return (*clean, *kinds)


def _squat(body: Body, depth_deg: float = 115.0) -> Squats:
    return Squats(body=body, depths_deg=(depth_deg,) * REPETITIONS)


def _jump(body: Body, height_m: float = 0.38) -> Jumps:
    return Jumps(body=body, heights_m=(height_m,) * REPETITIONS, land_knee_deg=98.0)


def _run(body: Body) -> Motion:
    return _runs_with(body)


def _runs_with(body: Body, **changes: float) -> Motion:
    """A run whose feet clear the ground as those of runners do."""
    made = run(body=body, strides=8.0, speed_m_s=3.2)
    own: dict[str, Any] = {"lift_share": 0.09, **changes}
    return replace(made, **own)


CLEAN: Final[dict[str, Callable[[Body], Motion]]] = {
    "strength.squat": _squat,
    "athletics.vertical_jump": _jump,
    "tennis.forehand": lambda body: forehand(body=body, count=REPETITIONS),
    "tennis.serve": lambda body: serve(body=body, count=REPETITIONS),
    "running.gait": _run,
    "boxing.jab": lambda body: jab(body=body, count=REPETITIONS),
    "basketball.free_throw": lambda body: free_throw(body=body, count=REPETITIONS),
    "strength.press": lambda body: press(body=body, count=REPETITIONS),
    "strength.deadlift": lambda body: deadlift(body=body, count=REPETITIONS),
}


def _squats() -> list[Planted]:
    def kind(
        fault: str, view_deg: float, make: Callable[[Body], Motion], *, is_marked: bool = False
    ) -> Planted:
        return Planted("strength.squat", f"strength.squat.{fault}", view_deg, make, is_marked)

    return [
        kind("shallow", SIDE_DEG, lambda body: _squat(body, 64.0)),
        kind("knees_in", FRONT_DEG, lambda body: replace(_squat(body), knee_in_deg=32.0)),
        kind("trunk_forward", SIDE_DEG, lambda body: replace(_squat(body), lean_share=0.62)),
        kind(
            "folding_shallow",
            SIDE_DEG,
            lambda body: replace(_squat(body, 66.0), lean_share=1.15),
            is_marked=True,
        ),
        kind("dropping", SIDE_DEG, lambda body: replace(_squat(body), down_s=0.42)),
    ]


def _jumps() -> list[Planted]:
    def kind(fault: str, view_deg: float, make: Callable[[Body], Motion]) -> Planted:
        key = "athletics.vertical_jump"
        return Planted(key, f"{key}.{fault}", view_deg, make)

    return [
        kind("low_jump", SIDE_DEG, lambda body: _jump(body, 0.13)),
        kind(
            "shallow_load",
            SIDE_DEG,
            lambda body: replace(_jump(body, 0.3), dip_knee_deg=12.0, push_s=0.14),
        ),
        kind("stiff_landing", SIDE_DEG, lambda body: replace(_jump(body), land_knee_deg=14.0)),
        kind("little_arm_swing", SIDE_DEG, lambda body: replace(_jump(body), arm_share=0.1)),
        kind("early_arms", SIDE_DEG, lambda body: replace(_jump(body), arms_early_s=0.45)),
        kind("knees_in_landing", FRONT_DEG, lambda body: replace(_jump(body), knee_in_deg=40.0)),
    ]


def _scaled(column: int, by: float) -> Callable[[Key], Key]:
    def change(row: Key) -> Key:
        return (*row[:column], row[column] * by, *row[column + 1 :])

    return change


def _yaw_share(by: float) -> Callable[[Key], Key]:
    return lambda row: (row[0], row[1] * by, row[2] * by, *row[3:])


def _straight(row: Key) -> Key:
    """Legs that hardly bend: the strokes add twelve degrees of their own."""
    return (*row[:5], -10.0, *row[6:])


def _drawn_in(by: float) -> Callable[[Key], Key]:
    """The right hand nearer to its shoulder."""
    return lambda row: (row[0], *(by * value for value in row[1:4]), *row[4:])


def _forehands() -> list[Planted]:
    def kind(fault: str, make: Callable[[Stroke], Stroke], *, is_marked: bool = False) -> Planted:
        key = "tennis.forehand"
        return Planted(
            key,
            f"{key}.{fault}",
            OBLIQUE_DEG,
            lambda body: make(forehand(body=body, count=REPETITIONS)),
            is_marked,
        )

    def low(row: Key) -> Key:
        return row if row[0] <= 1.05 else (*row[:3], min(row[3], -0.17), *row[4:])

    return [
        kind("little_turn", lambda one: with_turns(one, _yaw_share(0.12)), is_marked=True),
        kind("cramped", lambda one: with_hands(one, _drawn_in(0.36)), is_marked=True),
        kind("short_finish", lambda one: with_hands(one, low)),
    ]


def _serves() -> list[Planted]:
    def kind(fault: str, make: Callable[[Stroke], Stroke], *, is_marked: bool = False) -> Planted:
        key = "tennis.serve"
        return Planted(
            key,
            f"{key}.{fault}",
            OBLIQUE_DEG,
            lambda body: make(serve(body=body, count=REPETITIONS)),
            is_marked,
        )

    def bent(row: Key) -> Key:
        return (row[0], 0.10, -0.04, 0.20, *row[4:]) if row[0] == 1.52 else row

    def low(row: Key) -> Key:
        return (row[0], 0.30, -0.04, 0.14, *row[4:]) if row[0] == 1.52 else row

    return [
        kind("bent_arm", lambda one: with_hands(one, bent)),
        kind("low_contact", lambda one: with_hands(one, low), is_marked=True),
    ]


def _runs() -> list[Planted]:
    def kind(fault: str, **changes: float) -> Planted:
        key = "running.gait"
        return Planted(key, f"{key}.{fault}", SIDE_DEG, lambda body: _runs_with(body, **changes))

    return [
        kind("low_cadence", stride_s=0.9),
        kind("overstriding", reach_share=0.04),
        kind("bouncing", bob_share=-0.06),
        kind("leaning_back", lean_deg=-9.0),
        kind("bending_over", lean_deg=28.0),
    ]


def _low_guard(row: Key) -> Key:
    return (row[0], 0.08, 0.05, -0.26, *row[4:])


def _short(row: Key) -> Key:
    return (*row[:4], 0.19, -0.10, 0.02) if row[0] == 0.52 else row


def _early(row: Key) -> Key:
    return (max(0.0, row[0] - 0.45), *row[1:]) if 0.5 < row[0] < 1.2 else row


def _early_hands(stroke: Stroke) -> Stroke:
    rows = tuple(row for row in map(_early, stroke.hands) if row[0] != 0.5)
    return replace(stroke, hands=rows, contact_s=(0.05, 0.6))


def _low_shot(row: Key) -> Key:
    return (row[0], 0.20, 0.0, 0.08, *row[4:]) if 0.9 < row[0] < 1.5 else row


def _half_press(row: Key) -> Key:
    return row if row[0] in {0.0, 2.4} else (row[0], 0.09, -0.02, 0.19, 0.09, 0.02, 0.19)


def _leaning(row: Key) -> Key:
    return (*row[:3], -28.0, *row[4:]) if row[0] == 0.9 else row


def _upright(row: Key) -> Key:
    return (*row[:3], 0.15 * row[3], row[4], 0.5 * row[5], row[6])


def _deep(row: Key) -> Key:
    return (*row[:3], 38.0, row[4], 112.0, row[6]) if 1.0 < row[0] < 1.5 else row


def _others() -> list[Planted]:
    def kind(
        make: Callable[..., Stroke], key: str, view_deg: float, change: Callable[[Stroke], Stroke]
    ) -> Planted:
        technique = key.rpartition(".")[0]
        return Planted(
            technique, key, view_deg, lambda body: change(make(body=body, count=REPETITIONS))
        )

    shot, lift = "basketball.free_throw", "strength.deadlift"
    return [
        kind(jab, "boxing.jab.dropped_guard", OBLIQUE_DEG, lambda s: with_hands(s, _low_guard)),
        kind(jab, "boxing.jab.short_punch", OBLIQUE_DEG, lambda s: with_hands(s, _short)),
        kind(
            free_throw,
            f"{shot}.straight_legs",
            SIDE_DEG,
            lambda s: replace(with_turns(s, _straight), sink_m=0.004),
        ),
        kind(free_throw, f"{shot}.low_release", SIDE_DEG, lambda s: with_hands(s, _low_shot)),
        kind(free_throw, f"{shot}.early_arm", SIDE_DEG, _early_hands),
        kind(press, "strength.press.short_press", SIDE_DEG, lambda s: with_hands(s, _half_press)),
        kind(press, "strength.press.leaning_back", SIDE_DEG, lambda s: with_turns(s, _leaning)),
        kind(deadlift, f"{lift}.no_hinge", SIDE_DEG, lambda s: with_turns(s, _upright)),
        kind(deadlift, f"{lift}.squatting", SIDE_DEG, lambda s: with_turns(s, _deep)),
    ]
