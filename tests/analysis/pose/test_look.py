from __future__ import annotations

import numpy as np
import pytest

from analysis.pose.look import SIZE, distance, look, looks
from analysis.schema import Observations
from analysis.skeletons import BLAZEPOSE33

RED, BLUE, BLACK = (200, 30, 30), (30, 60, 200), (15, 15, 15)


def body(*, left: float = 40.0, top: float = 20.0) -> np.ndarray:
    """An upright figure (33, 2), shoulders 20 px, hips 60 px and knees 100 px below `top`."""
    xy = np.full((33, 2), [left + 10, top])
    for joint, down in (("shoulder", 20), ("hip", 60), ("knee", 100)):
        xy[BLAZEPOSE33.index(f"left_{joint}")] = (left + 20, top + down)
        xy[BLAZEPOSE33.index(f"right_{joint}")] = (left, top + down)
    return xy


def dressed(shirt: tuple[int, ...], shorts: tuple[int, ...], *, light: float = 1.0) -> np.ndarray:
    frame = np.full((200, 120, 3), 120, np.uint8)
    frame[40:80, 35:65] = shirt
    frame[80:130, 35:65] = shorts
    return (frame * light).astype(np.uint8)


def seen(frame: np.ndarray, **place: float) -> np.ndarray:
    return look(frame, body(**place), score=np.ones(33), skeleton="blazepose33")


def test_clothes_of_one_colour_are_near_and_of_two_far() -> None:
    same = distance(seen(dressed(RED, BLACK))[None], seen(dressed(RED, BLACK, light=0.85))[None])
    other = distance(seen(dressed(RED, BLACK))[None], seen(dressed(BLUE, BLACK))[None])
    swapped = distance(seen(dressed(RED, BLACK))[None], seen(dressed(BLACK, RED))[None])
    assert same[0, 0] < 11
    assert min(other[0, 0], swapped[0, 0]) > 30


def test_known_colours_have_their_published_lab_values() -> None:
    # sRGB red is L* 53.24, a* 80.09, b* 67.20; lightness counts half.
    assert seen(dressed((255, 0, 0), BLACK))[:3] == pytest.approx([26.6, 80.1, 67.2], abs=0.3)


def test_what_is_out_of_the_picture_or_unsure_is_unknown() -> None:
    out = seen(dressed(RED, BLACK), left=-200.0)
    unsure = look(dressed(RED, BLACK), body(), score=np.zeros(33), skeleton="blazepose33")
    assert np.isnan(out).all()
    assert np.isnan(unsure).all()
    assert np.isnan(distance(out[None], seen(dressed(RED, BLACK))[None])).all()


def test_looks_are_put_at_their_rows() -> None:
    rows = np.array([3, 1])
    people = Observations(
        skeleton="blazepose33",
        frame=np.array([0, 1, 1, 2]),
        box_px=np.zeros((4, 4)),
        xy_px=np.stack([body()] * 4),
        xyz_m=np.zeros((4, 33, 3)),
        score=np.ones((4, 33)),
    )
    frames = [(1, dressed(RED, BLACK)), (2, dressed(BLUE, BLACK))]
    found = looks(iter(frames), observations=people, rows=rows)
    assert found.shape == (2, SIZE)
    assert found[0] == pytest.approx(seen(frames[1][1]))
    assert found[1] == pytest.approx(seen(frames[0][1]))
