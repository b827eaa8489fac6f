from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.config import FilmingConfig
from analysis.features.filming import Look, judge, most_prominent
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import Observations
from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from analysis.schema import Float, Notice

CONFIG = FilmingConfig()
NAN = float("nan")
FINE = Look(
    at_s=0.0,
    people=1,
    person_px=500.0,
    cut_share=0.0,
    cut_edge="",
    yaw_deg=90.0,
    luma=120.0,
    person_luma=110.0,
    around_luma=130.0,
    sharpness=0.35,
    shift_per_s=0.002,
)


def looks(count: int = 12, **changed: object) -> list[Look]:
    """As many pictures a second apart; a changed field may be a list of one value for each."""
    made = []
    for i in range(count):
        own = {k: v[i] if isinstance(v, list) else v for k, v in changed.items()}
        made.append(replace(FINE, at_s=float(i), **own))
    return made


def judged(
    seen: list[Look], *, fps: float = 60, sport: str | None = "strength"
) -> dict[str, Notice]:
    techniques = [t for t in load_catalogue().candidates(sport) if t.detector is not None]
    found = judge(seen, fps=fps, techniques=techniques, config=CONFIG)
    assert all("at_s" in notice.params for notice in found)
    return {notice.code: notice for notice in found}


def test_what_is_filmed_well_is_left_in_peace() -> None:
    assert judged(looks()) == {}
    assert judged([]) == {}


@pytest.mark.parametrize(
    ("code", "field", "bad"),
    [
        ("filming_small", "person_px", 80.0),
        ("filming_crowded", "people", 7),
        ("filming_moves", "shift_per_s", 0.08),
        ("filming_blurred", "sharpness", 0.02),
    ],
)
def test_a_fault_is_told_once_it_is_in_enough_pictures(code: str, field: str, bad: float) -> None:
    good = getattr(FINE, field)
    assert judged(looks(**{field: [bad] * 2 + [good] * 10})) == {}
    found = judged(looks(**{field: [bad] * 5 + [good] * 7}))
    assert list(found) == [code]
    assert found[code].params["at_s"] < 5


def test_the_picture_shown_is_the_worst() -> None:
    shift = [0.05] * 12
    shift[7] = 0.2
    assert judged(looks(shift_per_s=shift))["filming_moves"].params["at_s"] == 7


def test_what_could_not_be_measured_is_no_fault() -> None:
    assert judged(looks(shift_per_s=NAN, sharpness=NAN, yaw_deg=NAN, around_luma=NAN)) == {}


def test_darkness_and_light_from_behind() -> None:
    assert list(judged(looks(luma=25.0, person_luma=20.0, around_luma=28.0))) == ["filming_dark"]
    assert list(judged(looks(luma=150.0, person_luma=45.0, around_luma=210.0))) == [
        "filming_backlit"
    ]
    # Black clothes before a wall are no light from behind; a dark gym with a lit athlete is fine.
    assert judged(looks(person_luma=80.0, around_luma=120.0)) == {}
    assert judged(looks(luma=30.0, person_luma=110.0, around_luma=15.0)) == {}


def test_a_body_cut_off_names_the_edge() -> None:
    edges = ["bottom"] * 5 + ["left"] * 2 + [""] * 5
    shares = [0.1, 0.2, 0.05, 0.05, 0.05, 0.4, 0.4] + [0.0] * 5
    found = judged(looks(cut_edge=edges, cut_share=shares))["filming_cut_off"]
    assert found.params["edge"] == "bottom"
    assert found.params["at_s"] == 1
    assert found.params["share"] == pytest.approx(7 / 12)


def test_nobody() -> None:
    empty = {"people": 0, "person_px": NAN, "cut_share": NAN, "yaw_deg": NAN, "person_luma": NAN}
    found = judged(looks(around_luma=NAN, **empty))
    assert list(found) == ["filming_nobody"]
    assert found["filming_nobody"].params["pictures"] == 12


@pytest.mark.parametrize("yaw_deg", [0.0, 180.0, -175.0, 45.0])
def test_squats_are_to_be_filmed_from_the_side(yaw_deg: float) -> None:
    found = judged(looks(yaw_deg=yaw_deg))["filming_view"]
    assert found.params["shown"] in {2, 3}
    assert found.params["total"] == 5
    assert judged(looks(yaw_deg=-90.0)) == {}


def test_strokes_may_be_filmed_from_anywhere() -> None:
    assert judged(looks(yaw_deg=0.0), sport="tennis") == {}
    assert judged(looks(yaw_deg=0.0), sport=None) == {}


def test_an_athlete_who_turns_is_no_wrong_view() -> None:
    assert judged(looks(yaw_deg=[90.0] * 6 + [0.0] * 6)) == {}


def test_frames_per_second_are_judged_by_technique() -> None:
    assert judged(looks(), fps=10) == {}  # squats are slow
    found = judged(looks(), fps=10, sport="tennis")["filming_low_rate"]
    assert found.params["wanted"] == 24
    assert found.params["hidden"] == found.params["total"]
    assert judged(looks(), fps=23.976, sport="tennis") == {}
    assert judged(looks(1), fps=NAN, sport="tennis") == {}


def observed(*bodies: tuple[Float, float], xyz: Float | None = None) -> Observations:
    """Bodies as (corner and size (x, y, width, height) in px, score)."""
    names = SKELETONS["blazepose33"].keypoints
    rows = len(bodies)
    xy = np.zeros((rows, len(names), 2))
    boxes = np.zeros((rows, 4))
    for row, (box, _) in enumerate(bodies):
        x, y, width, height = box
        boxes[row] = (x, y, x + width, y + height)
        for i, name in enumerate(names):
            low = name.endswith(("ankle", "heel", "foot_index"))
            xy[row, i] = (x + width / 2, y + (height if low else height / 3))
    return Observations(
        skeleton="blazepose33",
        frame=np.zeros(rows),
        box_px=boxes,
        xy_px=xy,
        xyz_m=np.full((rows, len(names), 3), np.nan) if xyz is None else xyz,
        score=np.repeat([[score] for _, score in bodies], len(names), axis=1).reshape(rows, -1),
    )


def test_the_largest_person_is_the_one_looked_at() -> None:
    seen = observed(((10, 10, 30, 80), 0.9), ((100, 20, 60, 300), 0.9))
    body = most_prominent(seen, width_px=400, height_px=400)
    assert body.people == 2
    assert body.box_px is not None
    assert body.box_px.tolist() == [100, 20, 160, 320]
    assert (body.cut_edge, body.cut_share) == ("", 0.0)


def test_feet_below_the_picture_are_cut_off() -> None:
    body = most_prominent(observed(((100, 20, 60, 420), 0.9)), width_px=400, height_px=400)
    assert body.cut_edge == "bottom"
    assert body.cut_share == pytest.approx(0.1)


def test_an_empty_picture_has_nobody() -> None:
    names = SKELETONS["blazepose33"].keypoints
    empty = Observations(
        skeleton="blazepose33",
        frame=np.zeros(0),
        box_px=np.zeros((0, 4)),
        xy_px=np.zeros((0, len(names), 2)),
        xyz_m=np.zeros((0, len(names), 3)),
        score=np.zeros((0, len(names))),
    )
    body = most_prominent(empty, width_px=400, height_px=400)
    assert (body.people, body.box_px) == (0, None)


@pytest.mark.parametrize(("left", "yaw_deg"), [((1, 0, 0), 0), ((0, 0, 1), 90), ((-1, 0, 0), 180)])
def test_the_chest_points_where_the_shoulders_say(
    left: tuple[float, float, float], yaw_deg: float
) -> None:
    names = SKELETONS["blazepose33"].keypoints
    xyz = np.zeros((1, len(names), 3))
    for part in ("shoulder", "hip"):
        xyz[0, names.index(f"left_{part}")] = np.array(left) / 5
        xyz[0, names.index(f"right_{part}")] = -np.array(left) / 5
    seen = observed(((100, 20, 60, 300), 0.9), xyz=xyz)
    body = most_prominent(seen, width_px=400, height_px=400)
    assert abs(body.yaw_deg) == pytest.approx(yaw_deg)
    unsure = replace(seen, score=np.full_like(seen.score, 0.3))
    assert np.isnan(most_prominent(unsure, width_px=400, height_px=400).yaw_deg)
