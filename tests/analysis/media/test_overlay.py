from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.config import MediaConfig
from analysis.media.frames import frame_times, read_frames
from analysis.media.normalise import normalise
from analysis.media.overlay import LEFT, RIGHT, Sketch, draw_overlay, limbs
from analysis.media.probe import probe
from analysis.schema import Footage, Phase, PoseTrack, Segment
from analysis.skeletons import BLAZEPOSE33

if TYPE_CHECKING:
    from analysis.protocols import Frame

Maker = Callable[..., Path]
SIZE = (320, 240)
TIME_S = np.array([0.0, 0.1, 0.25, 0.3, 0.7])
GREY = np.full((240, 320, 3), 90, dtype=np.uint8)


def footage() -> Footage:
    return Footage(sha256="0" * 64, width_px=320, height_px=240, time_s=TIME_S)


def track(*, unseen: tuple[int, ...] = ()) -> PoseTrack:
    """Everything at (160, 120) except the arms: the left one at x = 220, the right one at 100."""
    xy = np.full((5, 33, 2), (160.0, 120.0))
    for side, x in (("left", 220.0), ("right", 100.0)):
        for row, joint in enumerate(("shoulder", "elbow", "wrist")):
            xy[:, BLAZEPOSE33.index(f"{side}_{joint}")] = (x, 80 + 40 * row)
    score = np.ones((5, 33))
    xy[list(unseen)], score[list(unseen)] = np.nan, np.nan
    box = np.full((5, 4), np.nan)
    return PoseTrack(
        track_id=1, skeleton="blazepose33", time_s=TIME_S, box_px=box, xy_px=xy, xyz_m=None,
        score=score,
    )  # fmt: skip


SEGMENT = Segment(
    segment_id="s1",
    track_id=1,
    technique="strength.squat",
    phases=(Phase("descent", 0.1, 0.3),),
    start_s=0.1,
    end_s=0.3,
    score=0.9,
)


def sketch(tracks: list[PoseTrack], segments: list[Segment]) -> Sketch:
    labels = {"strength.squat": "Squat"}
    return Sketch(footage(), tracks=tracks, segments=segments, labels=labels, size=SIZE)


def near(picture: Frame, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture.astype(int) - colour).max(axis=-1) < 12).any())


def test_left_and_right_arms_have_their_colours() -> None:
    picture = sketch([track()], []).draw(GREY, index=0)
    left, right = picture[95:100, 210:230], picture[95:100, 90:110]
    assert near(left, LEFT)
    assert not near(left, RIGHT)
    assert near(right, RIGHT)
    assert not near(right, LEFT)


def test_who_is_not_seen_is_not_drawn() -> None:
    person = track(unseen=(2,))
    nobody = sketch([], []).draw(GREY, index=2)
    assert np.array_equal(sketch([person], []).draw(GREY, index=2), nobody)
    assert not np.array_equal(sketch([person], []).draw(GREY, index=1), nobody)


def test_far_outside_the_picture_is_no_accident() -> None:
    person = track()
    wild = PoseTrack(
        track_id=1, skeleton="blazepose33", time_s=TIME_S, box_px=person.box_px,
        xy_px=person.xy_px * 1e7, xyz_m=None, score=person.score,
    )  # fmt: skip
    assert sketch([wild], []).draw(GREY, index=0).shape == (240, 320, 3)


def test_the_technique_is_named_only_while_it_lasts() -> None:
    drawn = [sketch([], [SEGMENT]).draw(GREY, index=i)[:40, :160] for i in range(5)]
    named = [not np.array_equal(corner, GREY[:40, :160]) for corner in drawn]
    assert named == [False, True, True, False, False]


def test_the_timeline_shows_segment_and_cursor() -> None:
    drawing = sketch([], [SEGMENT])
    strips = [drawing.draw(GREY, index=i)[-8].astype(int) for i in range(5)]
    cursors = [int(strip.sum(axis=-1).argmax()) for strip in strips]
    assert cursors == sorted(cursors)
    assert cursors[0] < 5
    middle = int(320 * 0.2 / footage().duration_s)
    assert np.abs(strips[4][middle] - strips[4][300]).max() > 40


def test_the_given_frame_is_left_alone() -> None:
    frame = GREY.copy()
    sketch([track()], [SEGMENT]).draw(frame, index=1)
    assert np.array_equal(frame, GREY)


def test_every_limb_has_a_side_or_the_middle() -> None:
    colours = {limb.colour for limb in limbs("blazepose33")}
    assert {LEFT, RIGHT} < colours
    assert len(colours) == 3


def test_the_file_keeps_times_and_size(clip: Maker) -> None:
    options = ("-vf", "select=not(mod(n\\,3))+gt(n\\,40)", "-fps_mode", "vfr")
    path = clip("v.mp4", *options, size="320x240")
    target, out = path.with_name("copy.mp4"), path.with_name("overlay.mp4")
    config = MediaConfig()
    info = probe(path, config=config)
    shot = normalise(path, info=info, target=target, config=config, progress=lambda _: None)
    told: list[float] = []
    draw_overlay(
        target, footage=shot, tracks=[], segments=[SEGMENT], labels={}, out=out,
        progress=told.append,
    )  # fmt: skip
    time_s, width, height = frame_times(out)
    assert time_s == pytest.approx(shot.time_s, abs=1e-4)
    assert (width, height) == (320, 240)
    assert told[-1] == 1.0
    _, before = next(read_frames(target, start=30, stop=31))
    _, after = next(read_frames(out, start=30, stop=31))
    upper = slice(60, 200)
    assert np.abs(before[upper].astype(int) - after[upper]).mean() < 12
    assert sorted(p.name for p in path.parent.iterdir()) == ["copy.mp4", "overlay.mp4", "v.mp4"]
