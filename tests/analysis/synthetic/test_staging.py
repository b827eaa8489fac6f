from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.camera import Camera
from analysis.synthetic.gait import walk
from analysis.synthetic.motions import Standing
from analysis.synthetic.scene import Kit, post
from analysis.synthetic.scenes import BLUE, SCENES, YELLOW, scene_named
from analysis.synthetic.staging import Actor, Scene, pictures_of, render_scene, scene_truth
from analysis.synthetic.truth import Place, load, truth_of

SMALL = Camera(width_px=320, height_px=180)
NOSE, HIP = BLAZEPOSE33.index("nose"), BLAZEPOSE33.index("right_hip")
KNEE = BLAZEPOSE33.index("right_knee")


def standing(*, x_m: float = 0.0, y_m: float = 0.0, kit: Kit = BLUE) -> Actor:
    return Actor(motion=Standing(), place=Place(at_m=(x_m, y_m)), kit=kit)


def staged(*actors: Actor, **more: object) -> Scene:
    return Scene(name="test", actors=actors, camera=SMALL, duration_s=0.2, **more)  # type: ignore[arg-type]


def trunk_colour(scene: Scene, *, athlete: int) -> np.ndarray:
    (picture,) = pictures_of(scene, time_s=np.array([0.0]))
    truth = scene_truth(scene, time_s=np.array([0.0]))[athlete]
    rows = [BLAZEPOSE33.index(n) for n in ("left_shoulder", "right_shoulder", "left_hip")]
    x, y = truth.xy_px[0, rows].mean(axis=0).astype(int)
    return picture[y, x].astype(int)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_is_nearer_hides_who_is_farther_in_any_order(order: tuple[int, int]) -> None:
    # The camera looks along +y: smaller y is nearer.
    actors = standing(y_m=-0.8, kit=YELLOW), standing(y_m=0.8, kit=BLUE)
    red, _, blue = trunk_colour(staged(*(actors[i] for i in order)), athlete=0)
    assert red > 2 * blue


def test_the_visible_share_tells_who_is_hidden(tmp_path) -> None:
    scene = staged(standing(y_m=-0.8, kit=YELLOW), standing(y_m=0.8), standing(x_m=1.5))
    near, far, beside = render_scene(scene, out=tmp_path / "clip.mp4", fps_hz=10.0)
    assert near.shown is not None
    assert far.shown is not None
    assert beside.shown is not None
    assert near.shown[0, KNEE] == 1.0
    assert far.shown[0, KNEE] == 0.0
    np.testing.assert_array_equal(near.shown[0], near.shown[1])
    assert beside.shown[0, NOSE] > 0.5
    again = load(tmp_path / "clip.2.npz")
    np.testing.assert_array_equal(again.shown, far.shown)


def test_a_post_hides_and_what_is_out_of_view_is_not_shown(tmp_path) -> None:
    pad = post(at_m=(0.0, -0.8), radius_m=0.5, height_m=2.3, colour=(70, 78, 96))
    scene = staged(standing(), standing(x_m=9.0), obstacles=(pad,))
    hidden, away = render_scene(scene, out=tmp_path / "clip.mp4", fps_hz=10.0)
    assert hidden.shown is not None
    assert hidden.shown.max() == 0.0
    assert away.shown is not None
    assert away.shown.max() == 0.0


def test_a_place_turns_moves_and_delays() -> None:
    place = Place(at_m=(1.0, 2.0), turn_deg=90.0, start_s=0.5)
    gait = walk()
    times = np.array([0.5, 1.5])
    truth = truth_of(gait, camera=SMALL, time_s=times, place=place)
    own = truth_of(gait, camera=SMALL, time_s=times - 0.5)
    x, y = own.world_m[..., 0], own.world_m[..., 1]
    np.testing.assert_allclose(truth.world_m[..., 0], 1.0 - y, atol=1e-9)
    np.testing.assert_allclose(truth.world_m[..., 1], 2.0 + x, atol=1e-9)
    # 90 deg: the camera sees the athlete facing right; turned left by 90 he faces away.
    assert truth.view_deg == -180.0
    for name in ("left_knee_flexion", "right_hip_flexion", "trunk_lean"):
        np.testing.assert_allclose(truth.angles_deg[name], own.angles_deg[name], atol=1e-9)
    assert truth.events[0].time_s == 0.5


def test_every_named_scene_keeps_both_in_view_and_apart_in_colour() -> None:
    for name in SCENES:
        scene = scene_named(name)
        assert scene.name == name
        time_s = scene.times(fps_hz=5.0)
        truths = scene_truth(scene, time_s=time_s)
        assert len(truths) == 2
        assert len({actor.kit.shirt for actor in scene.actors}) == 2
        for truth in truths:
            size = np.array([scene.camera.width_px, scene.camera.height_px])
            inside = ((truth.xy_px > 0) & (truth.xy_px < size)).all(axis=(1, 2))
            assert inside.mean() > 0.4
    with pytest.raises(ValueError, match="no scene"):
        scene_named("nowhere")


def test_in_the_crossing_they_pass_and_the_times_of_a_variable_rate_vary() -> None:
    scene = scene_named("crossing")
    walker, runner = scene_truth(scene, time_s=scene.times(fps_hz=30.0))
    ahead = np.sign(walker.xy_px[:, HIP, 0] - runner.xy_px[:, HIP, 0])
    assert np.count_nonzero(np.diff(ahead)) == 1
    assert np.ptp(np.diff(scene_named("variable_rate").times(fps_hz=30.0))) > 0.01


def test_the_occlusion_lasts_as_long_as_it_should(tmp_path) -> None:
    """Drawn small: somebody is mostly hidden by the post for 0.3 to 0.8 s."""
    scene = scene_named("occluded")
    camera = replace(scene.camera, width_px=256, height_px=144)
    scene = replace(scene, camera=camera, duration_s=2.4)
    walker, _ = render_scene(scene, out=tmp_path / "clip.mp4", fps_hz=15.0)
    assert walker.shown is not None
    hidden_s = np.count_nonzero(walker.shown[:, 11:].mean(axis=1) < 0.2) / 15
    assert 0.3 <= hidden_s <= 0.8
