from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analysis.config import PoseConfig
from analysis.pose.boxes import overlap, similarity
from analysis.pose.look import SIZE
from analysis.pose.track import associate, follow
from analysis.schema import Footage, Observations, PoseTrack

CONFIG = PoseConfig()
FPS = 30.0
HEIGHT_PX = 200.0
Place = Callable[[float], tuple[float, float] | None]

# A figure of unit height around its middle; what swings is told apart from what stands.
SHAPE = np.stack([np.tile([-0.15, 0.15, 0.0], 11), np.linspace(-0.5, 0.5, 33)], axis=1)
SWING = np.where(np.arange(33) % 2, 0.35, 0.0)[:, None] * [1.0, 0.0]


def film(
    people: list[Place],
    *,
    seconds: float = 4,
    sizes: list[float] | None = None,
    scores: list[float] | None = None,
    swing: list[float] | None = None,
    time_s: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[Observations, Footage]:
    """People at given places (None: unseen), in shuffled order in every frame."""
    clock = np.arange(round(seconds * FPS)) / FPS if time_s is None else time_s
    sizes, scores = sizes or [1.0] * len(people), scores or [0.9] * len(people)
    swing = swing or [1.0] * len(people)
    dice = np.random.default_rng(seed)
    rows = []
    for frame, now in enumerate(clock):
        for k in dice.permutation(len(people)):
            place = people[k](float(now))
            if place is None:
                continue
            shape = SHAPE + SWING * swing[k] * np.sin(2 * np.pi * now + k)
            xy = np.array(place) + HEIGHT_PX * sizes[k] * shape + dice.normal(0, 0.5, (33, 2))
            rows.append((frame, xy, scores[k]))
    xy = np.array([r[1] for r in rows]).reshape(-1, 33, 2)
    observations = Observations(
        skeleton="blazepose33",
        frame=np.array([r[0] for r in rows], dtype=np.int64),
        box_px=np.concatenate([xy.min(axis=1), xy.max(axis=1)], axis=1).reshape(-1, 4),
        xy_px=xy,
        xyz_m=np.zeros((len(rows), 33, 3)),
        score=np.array([np.full(33, r[2]) for r in rows]).reshape(-1, 33),
    )
    return observations, Footage(sha256="0" * 64, width_px=1280, height_px=720, time_s=clock)


def middles(track: PoseTrack) -> np.ndarray:
    """Where the still keypoints' middle is (F,)."""
    return np.asarray(track.xy_px[:, ::2].mean(axis=1))


def tracks(*arguments: object, **options: object) -> tuple[PoseTrack, ...]:
    observations, footage = film(*arguments, **options)  # type: ignore[arg-type]
    return associate(observations, footage=footage, config=CONFIG)


def test_two_people_apart_are_two_whole_tracks() -> None:
    found = tracks([lambda t: (300 + 40 * t, 350), lambda _: (900, 350)], sizes=[1.0, 0.8])
    assert [t.track_id for t in found] == [1, 2]
    assert middles(found[0])[:, 0] == pytest.approx(300 + 40 * found[0].time_s, abs=3)
    assert middles(found[1])[:, 0] == pytest.approx(np.full(120, 900), abs=3)
    assert all(np.isfinite(t.score).all() for t in found)
    assert all(t.xyz_m is not None for t in found)


@pytest.mark.parametrize("seed", range(5))
def test_people_who_cross_keep_their_track(seed: int) -> None:
    found = tracks([lambda t: (200 + 200 * t, 340), lambda t: (1000 - 200 * t, 380)], seed=seed)
    assert len(found) == 2
    for track in found:
        x = middles(track)[:, 0]
        assert abs(np.nanmax(np.abs(np.diff(x)))) < 15
        assert abs(x[-1] - x[0]) > 700


def test_a_short_absence_is_a_gap_in_one_track() -> None:
    found = tracks([lambda t: None if 1 < t < 1.6 else (300 + 100 * t, 350)])
    (track,) = found
    unseen = np.isnan(track.score).all(axis=1)
    assert np.array_equal(unseen, (track.time_s > 1) & (track.time_s < 1.6))
    assert np.isnan(track.xy_px[unseen]).all()
    assert np.isnan(track.box_px[unseen]).all()


def test_a_flight_while_unseen_is_still_one_person() -> None:
    def leap(t: float) -> tuple[float, float] | None:
        return (300, 350) if t <= 2 else None if t < 2.5 else (520, 480)

    assert len(tracks([leap])) == 1


def test_a_long_absence_starts_a_new_track() -> None:
    found = tracks([lambda t: None if 1.5 < t < 2.8 else (300, 350)])
    assert len(found) == 2


def test_a_jump_across_the_picture_is_someone_else() -> None:
    found = tracks([lambda t: (200, 350) if t < 2 else (1100, 350)])
    assert len(found) == 2


def test_the_most_prominent_comes_first() -> None:
    small_and_long, large_and_long = (lambda _: (300, 350)), (lambda _: (900, 350))
    brief = lambda t: (600, 350) if t < 1 else None  # noqa: E731 - three places side by side
    found = tracks([small_and_long, large_and_long, brief], sizes=[0.7, 1.2, 1.2])
    places = [float(np.nanmean(middles(t)[:, 0])) for t in found]
    assert places == pytest.approx([900, 300, 600], abs=5)


def test_ghosts_are_dropped() -> None:
    athlete = lambda t: (300 + 50 * t, 350)  # noqa: E731 - places side by side
    flash = lambda t: (900, 350) if 1 < t < 1.2 else None  # noqa: E731
    assert len(tracks([athlete, flash])) == 1
    assert len(tracks([athlete, lambda _: (900, 350)], scores=[0.9, 0.3])) == 1
    poster = tracks([athlete, lambda _: (900, 350)], scores=[0.9, 0.55], swing=[1.0, 0.0])
    assert len(poster) == 1


def test_a_bystander_is_left_out_and_a_far_player_kept() -> None:
    athlete, other = (lambda t: (300 + 50 * t, 350)), (lambda _: (900, 350))
    assert len(tracks([athlete, other], sizes=[1.5, 0.6], swing=[1.0, 0.1])) == 1
    assert len(tracks([athlete, other], sizes=[1.5, 0.6], swing=[1.0, 1.2])) == 2
    assert len(tracks([athlete, other], sizes=[1.5, 1.2], swing=[1.0, 0.1])) == 2


def test_a_second_reading_of_one_body_is_no_second_person() -> None:
    found = tracks([lambda t: (300 + 50 * t, 350), lambda t: (306 + 50 * t, 352)])
    assert len(found) == 1


def test_variable_frame_rates_are_followed_by_time() -> None:
    dice = np.random.default_rng(3)
    clock = np.cumsum(dice.choice([1 / 60, 1 / 15], size=100))
    found = tracks([lambda t: (100 + 250 * t, 340), lambda t: (1100 - 250 * t, 380)], time_s=clock)
    assert len(found) == 2
    for track in found:
        assert abs(middles(track)[-1, 0] - middles(track)[0, 0]) > 200 * (clock[-1] - clock[0])


def test_a_clip_shorter_than_the_shortest_track_can_still_have_one() -> None:
    assert len(tracks([lambda _: (300, 350)], seconds=0.3)) == 1


def test_nobody() -> None:
    assert tracks([lambda _: None]) == ()


def test_tracks_have_a_row_for_every_frame_of_the_footage() -> None:
    observations, footage = film([lambda t: (300, 350) if t < 2 else None])
    (track,) = associate(observations, footage=footage, config=CONFIG)
    assert np.array_equal(track.time_s, footage.time_s)


def test_observations_beyond_the_footage_are_refused() -> None:
    observations, footage = film([lambda _: (300, 350)])
    short = Footage(sha256="", width_px=9, height_px=9, time_s=footage.time_s[:50])
    with pytest.raises(ValueError, match=r"expected frames in 0\.\.49"):
        associate(observations, footage=short, config=CONFIG)


def test_unknown_world_coordinates_are_none() -> None:
    observations, footage = film([lambda _: (300, 350)])
    blind = Observations(
        skeleton=observations.skeleton,
        frame=observations.frame,
        box_px=observations.box_px,
        xy_px=observations.xy_px,
        xyz_m=np.full_like(observations.xyz_m, np.nan),
        score=observations.score,
    )
    assert associate(blind, footage=footage, config=CONFIG)[0].xyz_m is None


def test_overlap_and_similarity_in_closed_form() -> None:
    a = np.array([[0.0, 0, 2, 2]])
    assert overlap(a, np.array([[1.0, 0, 3, 2], [4, 4, 5, 5]])) == pytest.approx(
        np.array([[1 / 3, 0]])
    )
    body = np.zeros((1, 33, 2))
    # Every keypoint one standard deviation (a tenth of the size) away.
    away = similarity(body, body + np.array([10.0, 0.0]), size_px=np.array([100.0]))
    assert away[0, 0] == pytest.approx(np.exp(-0.5))
    half = body + np.array([10.0, 0.0])
    half[0, :16] = np.nan
    assert similarity(body, half, size_px=np.array([100.0]))[0, 0] == pytest.approx(np.exp(-0.5))


@pytest.mark.parametrize("frames", [1, 2])
def test_a_still_has_its_people(frames: int) -> None:
    people: list[Place] = [lambda _: (300.0, 300.0), lambda _: (900.0, 300.0)]
    observations, footage = film(people, time_s=np.arange(frames) / FPS)
    tracks = associate(observations, footage=footage, config=CONFIG)
    assert len(tracks) == 2
    assert all(np.isfinite(track.xy_px).all() for track in tracks)


def at_cuts(observations: Observations, *frames: int) -> Observations:
    return replace(observations, cut=np.array(frames))


def test_nobody_is_followed_across_a_cut() -> None:
    observations, footage = film([lambda _: (300, 350)])
    found = associate(at_cuts(observations, 60), footage=footage, config=CONFIG)
    assert len(found) == 2
    spans = sorted(
        np.flatnonzero(np.isfinite(t.score).all(axis=1))[[0, -1]].tolist() for t in found
    )
    assert spans == [[0, 59], [60, 119]]


def test_a_gap_over_a_cut_is_not_stitched() -> None:
    observations, footage = film([lambda t: None if 1.8 < t < 2.2 else (300, 350)])
    assert len(associate(observations, footage=footage, config=CONFIG)) == 1
    assert len(associate(at_cuts(observations, 60), footage=footage, config=CONFIG)) == 2


def wearing(observations: Observations, colour: Callable[[float, int], float]) -> object:
    """A `look` that tells clothes by where somebody stands and in which frame."""

    def look(rows: np.ndarray) -> np.ndarray:
        x = observations.xy_px[rows, ::2, 0].mean(axis=1)
        shades = [
            colour(float(a), int(b)) for a, b in zip(x, observations.frame[rows], strict=True)
        ]
        return np.tile(np.array(shades)[:, None], SIZE)

    return look


def test_somebody_in_the_same_clothes_is_known_again_after_a_cut() -> None:
    observations, footage = film([lambda t: (300, 350) if t < 2 else (900, 350)])
    cut = at_cuts(observations, 60)
    same = associate(cut, footage=footage, config=CONFIG, look=wearing(cut, lambda x, i: 40.0))
    other = associate(
        cut,
        footage=footage,
        config=CONFIG,
        look=wearing(cut, lambda x, i: 40.0 if i < 60 else 90.0),
    )
    assert (len(same), len(other)) == (1, 2)
    assert np.isfinite(same[0].score).all()


def test_of_two_in_one_kit_nobody_is_known_again() -> None:
    observations, footage = film([lambda _: (300, 350), lambda _: (900, 350)])
    cut = at_cuts(observations, 60)
    found = follow(cut, footage=footage, config=CONFIG, look=wearing(cut, lambda x, i: 40.0))
    assert len(found.people) == 4


def test_two_in_different_kits_are_both_known_again() -> None:
    observations, footage = film(
        [lambda t: (300 if t < 2 else 900, 350), lambda t: (900 if t < 2 else 300, 350)]
    )
    cut = at_cuts(observations, 60)

    def shade(x: float, frame: int) -> float:
        return 20.0 if (x < 600) == (frame < 60) else 80.0

    found = associate(cut, footage=footage, config=CONFIG, look=wearing(cut, shade))
    assert len(found) == 2
    for track in found:
        x = middles(track)[:, 0]
        assert abs(x[0] - x[-1]) == pytest.approx(600, abs=10)


def test_who_takes_anothers_place_in_other_clothes_is_somebody_else() -> None:
    observations, footage = film(
        [lambda t: (300, 350) if t < 2 else None, lambda t: (330, 350) if t > 2.4 else None]
    )
    seen = wearing(observations, lambda x, i: 20.0 if i < 66 else 80.0)
    found = associate(observations, footage=footage, config=CONFIG, look=seen)
    assert len(found) == 2


def test_a_highlight_reel_gives_few_people_and_says_so() -> None:
    dice = np.random.default_rng(5)
    places = dice.uniform(200, 1000, 40)
    observations, footage = film(
        [lambda t: (float(places[min(39, int(t / 1.5))]), 350)], seconds=60
    )
    reel = at_cuts(observations, *range(45, 1800, 45))
    found = follow(reel, footage=footage, config=CONFIG)
    assert (len(found.people), found.too_brief) == (CONFIG.max_tracks, 40 - CONFIG.max_tracks)


def test_who_is_in_view_for_a_small_share_does_not_count_but_five_seconds_always_do() -> None:
    athlete = lambda t: (300 + 10 * t, 350)  # noqa: E731 - places side by side
    for seconds, people in ((2.0, 1), (6.0, 2)):
        found = tracks(
            [athlete, lambda t, end=seconds: (900, 350) if t < end else None], seconds=50
        )
        assert len(found) == people


def test_a_part_of_a_body_read_twice_is_no_second_person() -> None:
    found = tracks(
        [lambda t: (300 + 50 * t, 350), lambda t: (310 + 50 * t, 400) if 1 < t < 2.6 else None],
        sizes=[1.0, 0.55],
        swing=[1.0, 0.8],
    )
    assert len(found) == 1


def test_ten_people_at_once_and_minutes_of_nobody() -> None:
    crowd = [
        lambda t, k=k: (100 + 110 * k + 20 * np.sin(t + k), 350) if not 3 < t < 150 else None
        for k in range(10)
    ]
    observations, footage = film(crowd, seconds=153)
    found = associate(observations, footage=footage, config=PoseConfig(max_tracks=40))
    assert len(found) == 20
    assert not any(np.isfinite(track.score[100:4400]).any() for track in found)


@pytest.mark.parametrize("seed", range(3))
def test_three_people_who_cross_behind_each_other_stay_three(seed: int) -> None:
    """Who is behind is unseen while the bodies overlap."""
    start_px, speed_px_s = (150.0, 1100.0, 300.0), (220.0, -220.0, 90.0)

    def place(k: int) -> Place:
        def at(t: float) -> tuple[float, float] | None:
            x = start_px[k] + speed_px_s[k] * t
            behind = any(abs(x - start_px[j] - speed_px_s[j] * t) < 40 for j in range(k))
            return None if behind else (x, 340.0 + 12 * k)

        return at

    found = tracks([place(k) for k in range(3)], seed=seed)
    assert len(found) == 3
    for track in found:
        x = middles(track)[:, 0]
        inside = np.isfinite(x)
        fit = np.polyfit(track.time_s[inside], x[inside], 1)
        assert np.abs(np.polyval(fit, track.time_s[inside]) - x[inside]).max() < 30
