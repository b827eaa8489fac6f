from __future__ import annotations

import av
import numpy as np
import pytest

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.__main__ import main
from analysis.synthetic.camera import Camera
from analysis.synthetic.motions import Standing
from analysis.synthetic.render import even_times, frames_of, render_clip, uneven_times
from analysis.synthetic.truth import load, truth_of

SMALL = Camera(width_px=320, height_px=180)


def test_uneven_times_rise_and_are_in_the_file(tmp_path):
    motion = Standing(duration_s=1.0)
    times = uneven_times(motion, fps_hz=20.0)
    assert np.ptp(np.diff(times)) > 0.01
    truth = render_clip(motion, camera=SMALL, out=tmp_path / "a.mp4", time_s=times)
    np.testing.assert_allclose(truth.time_s, times, atol=1e-5)
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = [float(frame.time or 0.0) for frame in container.decode(video=0)]
    np.testing.assert_allclose(shown, truth.time_s, atol=1e-4)


def test_the_shirt_is_where_the_truth_says_and_the_same_call_draws_the_same():
    truth = truth_of(Standing(), camera=SMALL, time_s=np.array([0.0]))
    (picture,), (again,) = (list(frames_of(truth, camera=SMALL)) for _ in range(2))
    np.testing.assert_array_equal(picture, again)
    trunk = [BLAZEPOSE33.index(n) for n in ("left_shoulder", "right_shoulder", "left_hip")]
    x, y = truth.xy_px[0, trunk].mean(axis=0).astype(int)
    red, green, blue = (int(c) for c in picture[y, x])
    assert red > 2 * green
    assert red > 2 * blue
    x, y = truth.xy_px[0, BLAZEPOSE33.index("right_knee")].astype(int)
    assert int(picture[y, x][0]) > int(picture[y, x][2])  # skin, not floor


def test_a_hidden_arm_is_hidden():
    truth = truth_of(Standing(), camera=SMALL, time_s=np.array([0.0]))
    (picture,) = frames_of(truth, camera=SMALL)
    x, y = truth.xy_px[0, BLAZEPOSE33.index("left_shoulder")].astype(int)
    assert int(picture[y, x][0]) > 2 * int(picture[y, x][2])  # the shirt of the near side


def test_either_rate_or_times_must_be_given(tmp_path):
    with pytest.raises(ValueError, match="either fps_hz or time_s"):
        render_clip(Standing(), camera=SMALL, out=tmp_path / "a.mp4")


def test_even_times_fill_the_motion():
    times = even_times(Standing(duration_s=2.0), fps_hz=30.0)
    assert times.size == 60
    assert times[-1] == pytest.approx(59 / 30)


def test_the_command_line_writes_video_and_truth(tmp_path, capsys):
    out = tmp_path / "clip.mp4"
    given = ["--motion", "squat", "--reps", "1", "--height", "120", "--fps", "8"]
    assert main([str(out), *given, "--view-deg", "-90", "--variable-rate"]) == 0
    assert "1 repetitions" in capsys.readouterr().out
    truth = load(out.with_suffix(".npz"))
    assert truth.view_deg == -90.0
    assert truth.repetitions[0].technique == "strength.squat"
    assert out.stat().st_size > 1000
