"""The scenes that the pose stage is measured on: two athletes each, from many sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.synthetic.body import Body
from analysis.synthetic.camera import Camera
from analysis.synthetic.gait import run, walk
from analysis.synthetic.jumps import Jumps
from analysis.synthetic.motions import Squats
from analysis.synthetic.scene import RED, Kit, post
from analysis.synthetic.staging import Actor, Scene
from analysis.synthetic.truth import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.synthetic.motions import Motion

BLUE: Final = Kit(shirt=(44, 92, 190), shorts=(34, 34, 38), hair=(150, 112, 62))
YELLOW: Final = Kit(shirt=(232, 190, 48), shorts=(66, 84, 62), hair=(28, 24, 24))
SMALLER: Final = Body(height_m=1.62)
TALLER: Final = Body(height_m=1.84)
PADDING: Final = (70, 78, 96)


def side() -> Scene:
    """Both face the picture's right, one behind the other's back."""
    camera = Camera(view_deg=90.0)
    return _pair("side", camera=camera, motions=(_squats(), _jumps(body=SMALLER)))


def front() -> Scene:
    """Both face the camera."""
    camera = Camera(view_deg=0.0)
    return _pair("front", camera=camera, motions=(_squats(), _squats(body=SMALLER)))


def oblique() -> Scene:
    """Both are seen from between the front and the side."""
    camera = Camera(view_deg=50.0)
    return _pair("oblique", camera=camera, motions=(_squats(body=TALLER), _jumps()))


def crossing() -> Scene:
    """One walks to the right, one runs to the left behind; they pass in the middle."""
    camera = Camera(view_deg=90.0)
    duration_s, speed_m_s = 3.4, 2.5
    gait = walk()
    walker = Actor(motion=gait, place=_standing(camera, right_m=-2.1, away_m=-0.5), kit=YELLOW)
    meet_m = -2.1 + gait.speed_m_s * duration_s / 2.0
    start_m = meet_m + speed_m_s * duration_s / 2.0
    place = _standing(camera, right_m=start_m, away_m=0.9, turn_deg=180.0)
    runner = Actor(motion=run(body=SMALLER, speed_m_s=speed_m_s), place=place, kit=BLUE)
    return Scene(name="crossing", actors=(walker, runner), camera=camera, duration_s=duration_s)


def occluded() -> Scene:
    """One walks behind a padded post and then behind somebody who squats."""
    camera = Camera(view_deg=90.0)
    walker = Actor(motion=walk(), place=_standing(camera, right_m=-1.9, away_m=1.1), kit=YELLOW)
    squatter = Actor(
        motion=_squats(body=SMALLER), place=_standing(camera, right_m=1.5, away_m=-0.5), kit=BLUE
    )
    pad = post(
        at_m=_standing(camera, right_m=-0.35, away_m=0.1).at_m,
        radius_m=0.42, height_m=2.2, colour=PADDING,
    )  # fmt: skip
    return Scene(
        name="occluded", actors=(walker, squatter), camera=camera, duration_s=3.8, obstacles=(pad,)
    )


def portrait() -> Scene:
    """A phone held upright before two who face it."""
    camera = Camera(width_px=720, height_px=1280, view_deg=0.0, visible_height_m=4.0)
    motions = (_squats(), _squats(body=SMALLER))
    return _pair("portrait", camera=camera, motions=motions, half_m=0.55)


def variable_rate() -> Scene:
    """As from the side, with frame times of a variable rate."""
    camera = Camera(view_deg=-90.0)
    motions = (_squats(body=TALLER), _jumps(body=SMALLER))
    return _pair("variable_rate", camera=camera, motions=motions, uneven=True)


SCENES: Final[dict[str, Callable[[], Scene]]] = {
    made.__name__: made
    for made in (side, front, oblique, crossing, occluded, portrait, variable_rate)
}


def scene_named(name: str) -> Scene:
    """One of SCENES.

    Raises:
        ValueError: no such scene.
    """
    if name not in SCENES:
        raise ValueError(f"no scene {name!r}; expected one of {', '.join(SCENES)}")
    return SCENES[name]()


def _squats(*, body: Body | None = None) -> Squats:
    return Squats(body=body or Body(), depths_deg=(112.0,), lead_s=0.3, rest_s=0.4)


def _jumps(*, body: Body | None = None) -> Jumps:
    return Jumps(body=body or Body(), heights_m=(0.34,), lead_s=0.3, rest_s=0.4)


def _pair(
    name: str,
    *,
    camera: Camera,
    motions: tuple[Motion, Motion],
    half_m: float = 1.1,
    uneven: bool = False,
) -> Scene:
    """Two beside each other, the second a little farther away and later."""
    left = _standing(camera, right_m=-half_m, away_m=-0.2)
    right = _standing(camera, right_m=half_m, away_m=0.5, start_s=0.5)
    return Scene(
        name=name,
        actors=(
            Actor(motion=motions[0], place=left, kit=RED),
            Actor(motion=motions[1], place=right, kit=BLUE),
        ),
        camera=camera,
        duration_s=max(motions[0].duration_s, motions[1].duration_s + 0.5),
        uneven=uneven,
    )


def _standing(
    camera: Camera,
    *,
    right_m: float,
    away_m: float,
    turn_deg: float = 0.0,
    start_s: float = 0.0,
) -> Place:
    """A place on the floor by where the picture shows it."""
    view = np.deg2rad(camera.view_deg)
    x = right_m * np.sin(view) - away_m * np.cos(view)
    y = right_m * np.cos(view) + away_m * np.sin(view)
    return Place(at_m=(float(x), float(y)), turn_deg=turn_deg, start_s=start_s)
