from __future__ import annotations

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.augment import turn_body
from analysis.training.compose import TRANSITION, ComposeRanges, compose
from analysis.training.errors import LabellessDataError, PersonOnBothSidesError
from tests.analysis.training.movement import clip, flat

RANGES = ComposeRanges()


def pool():
    return [
        clip(name="a", action="wave"),
        turn_body(clip(name="b", action="walk", speed_mps=1.0, raised_m=0.2), angle_deg=130.0),
        clip(name="c", action="reach", raised_m=1.2, seconds=1.5),
    ]


def composed(seed=0, count=6):
    return compose(pool(), count=count, rng=np.random.default_rng(seed), ranges=RANGES)


def runs(labels):
    edges = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    return [labels[i] for i in [0, *edges.tolist()]]


def test_every_frame_is_labelled_and_transitions_lie_between():
    made = composed()
    words = runs(made.frame_labels)
    assert words[1::2] == [TRANSITION] * 5
    assert set(words[0::2]) <= {"wave", "walk", "reach"}
    assert made.frames == made.frame_labels.size
    assert (made.action, made.person) == (None, "made:a")


def test_nothing_jumps_and_bones_keep_their_length():
    for seed in range(5):
        made = composed(seed)
        speed = np.linalg.norm(np.diff(made.xyz_m, axis=0), axis=-1) * RANGES.rate_hz
        assert speed.max() < 6.0
        for a, b in (("left_hip", "left_knee"), ("left_elbow", "left_wrist")):
            bone = made.xyz_m[:, BODY17.index(a)] - made.xyz_m[:, BODY17.index(b)]
            long = np.linalg.norm(bone, axis=-1)
            assert np.ptp(long) < 0.02


def test_who_walked_off_in_another_direction_is_turned_to_go_on():
    """Two pieces of the same walk, one turned by 130 degrees, make one straight way."""
    straight = clip(name="a", action="walk", speed_mps=1.0)
    turned = turn_body(straight, angle_deg=130.0)
    made = compose([turned], count=4, rng=np.random.default_rng(2), ranges=RANGES)
    hips = made.xyz_m[:, [BODY17.index("left_hip"), BODY17.index("right_hip")]].mean(axis=1)
    way = np.diff(hips[:: round(RANGES.rate_hz)], axis=0)[:, [0, 2]]
    heading = way / np.linalg.norm(way, axis=1, keepdims=True)
    assert (heading @ heading[0] > 0.99).all()


def test_a_pool_of_two_people_or_of_no_labels_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(PersonOnBothSidesError):
        compose([clip(), clip(person="made:b")], count=2, rng=rng, ranges=RANGES)
    with pytest.raises(LabellessDataError):
        compose([clip(action=None), flat(clip())], count=2, rng=rng, ranges=RANGES)


def test_a_share_of_the_clips_is_shown_in_sequences_of_the_same_person(tmp_path):
    from analysis.training.compose import composer
    from analysis.training.store import open_store
    from tests.analysis.training.made_up import clips, save_store

    store = open_store(save_store(tmp_path / "store", clips(["ann", "ben"], each=2)))
    made = composer(store, store.entries)
    one, rng = store.load(store.entries[0]), np.random.default_rng(0)
    assert made.instead(one, share=0.0, rng=rng) is one
    whole = made.instead(one, share=1.0, rng=rng)
    assert whole.person == one.person
    assert whole.duration_s > one.duration_s
    assert TRANSITION in set(whole.frame_labels)
    shown = [made.instead(one, share=0.5, rng=rng) is not one for _ in range(40)]
    assert 8 < sum(shown) < 32
    nobody = composer(store, store.entries[-1:])  # clips of somebody else only
    assert nobody.instead(one, share=1.0, rng=rng) is one


def test_a_transition_is_none_of_the_techniques(tmp_path):
    pytest.importorskip("torch")
    from analysis.training.labels import labels_of
    from analysis.training.samples import Samples
    from analysis.training.settings import settings_from
    from analysis.training.store import open_store
    from tests.analysis.training.made_up import clips, save_store

    store = open_store(save_store(tmp_path / "store", clips(["ann"], each=2)))
    content = {
        "data": {"store": "", "composed": 1.0},
        "tasks": {"none_share": 0.0, "note_share": 0.0, "among_all": 0.0},
    }
    samples = Samples(
        store, entries=store.entries, labels=labels_of(store.entries),
        settings=settings_from(content, where="test"), learning=True,
    )  # fmt: skip
    sample = samples.sample(0, epoch=0)
    assert sample.segmented
    assert set(sample.frame_labels.tolist()) in ({0, 1, 2}, {0, 1}, {0, 2})


def test_sequences_are_kept_apart_from_views_of_plain_clips_and_never_judged(tmp_path):
    from analysis.training.compose import composer
    from analysis.training.store import open_store
    from analysis.training.views import Views
    from tests.analysis.training.made_up import clips, save_store

    store = open_store(save_store(tmp_path / "store", clips(["ann"], each=2)))
    entry, made = store.entries[0], composer(store, store.entries)
    plain = Views(store, window_s=8.0, kept=2)
    mixed = Views(store, window_s=8.0, kept=2, composed=1.0, composer=made)
    first = mixed.learning(entry, seed=1, turn=0, epoch=0)
    assert first.words is not None
    assert mixed.learning(entry, seed=1, turn=0, epoch=2) is first
    assert plain.learning(entry, seed=1, turn=0, epoch=0).words is None
    assert mixed.judging(entry).words is None
