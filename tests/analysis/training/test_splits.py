from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.training.errors import (
    LabellessDataError,
    PersonOnBothSidesError,
    SinglePersonError,
    UnknownPersonError,
)
from analysis.training.splits import (
    By,
    Split,
    check,
    hold_out,
    k_folds,
    labelled,
    leave_one_out,
    official,
    with_others,
)
from analysis.training.store import Entry


def entry(person, number, **more):
    given = {
        "source": "made", "family": "made", "person": person, "sequence": f"{person}:{number}",
        "clip": f"{person}:{number}", "action": "squat" if number % 2 else "jump", "correct": None,
        "style": None, "side": None, "folds": (), "licence": "PDDL-1.0", "may_ship": True,
        "text": "", "frames": 100, "seconds": 2.0, "frame_vocabulary": (), "shard": "s",
        "rows": {},
    }  # fmt: skip
    return Entry(**{**given, **more})


def people(*names, each=4):
    return [entry(name, number) for name in names for number in range(each)]


def test_leaving_one_out_judges_each_person_once_on_all_others():
    folds = list(leave_one_out(people("a", "b", "c"), by=By.PERSON))
    assert [fold.name for fold in folds] == ["a", "b", "c"]
    for fold in folds:
        assert {one.person for one in fold.test} == {fold.name}
        assert {one.person for one in fold.train} == {"a", "b", "c"} - {fold.name}


@given(
    counts=st.lists(st.integers(1, 9), min_size=3, max_size=12),
    k=st.integers(2, 3),
    seed=st.integers(0, 99),
)
def test_folds_never_share_a_person_and_judge_every_clip_once(counts, k, seed):
    entries = [entry(f"p{p}", n) for p, count in enumerate(counts) for n in range(count)]
    folds = list(k_folds(entries, k=k, by=By.PERSON, seed=seed))
    judged = [one.clip for fold in folds for one in fold.test]
    assert sorted(judged) == sorted(one.clip for one in entries)
    for fold in folds:
        assert not {one.person for one in fold.train} & {one.person for one in fold.test}


def test_the_same_seed_gives_the_same_folds():
    def names(seed):
        return [f.test[0].person for f in k_folds(people(*"abcdef"), k=3, by=By.PERSON, seed=seed)]

    assert names(1) == names(1)
    assert len({tuple(names(seed)) for seed in range(8)}) > 1


def test_one_person_alone_is_refused():
    with pytest.raises(SinglePersonError, match="only a"):
        list(leave_one_out(people("a"), by=By.PERSON))
    with pytest.raises(SinglePersonError):
        list(k_folds(people("a", "b"), k=3, by=By.PERSON, seed=0))


def test_clips_of_nobody_knows_whom_are_refused():
    with pytest.raises(UnknownPersonError, match="1 clips"):
        list(leave_one_out([*people("a", "b"), entry(None, 0)], by=By.PERSON))


def test_a_person_on_both_sides_is_refused_whoever_made_the_split():
    everyone = people("a", "b")
    with pytest.raises(PersonOnBothSidesError, match="same person: a"):
        Split(name="bad", by=By.PERSON, train=tuple(everyone[:2]), test=tuple(everyone[2:]))
    with pytest.raises(PersonOnBothSidesError):
        check([entry("a", 1, sequence="x")], [entry("b", 1, sequence="x")], by=By.SEQUENCE)


def test_somebody_unknown_of_the_same_family_may_not_be_learned_from():
    stranger = entry(None, 9, source="other")
    with pytest.raises(UnknownPersonError):
        check([stranger], people("a"), by=By.PERSON)
    check([entry(None, 9, family="elsewhere")], people("a"), by=By.PERSON)


def test_other_sets_help_without_those_who_are_judged_on():
    fold = next(leave_one_out(people("a", "b"), by=By.PERSON))
    others = [
        entry("a", 100, source="other"),
        entry("c", 101, source="other"),
        entry(None, 102, source="other"),
        entry(None, 103, family="elsewhere"),
    ]
    wider = with_others(fold, others)
    added = {one.clip for one in wider.train} - {one.clip for one in fold.train}
    assert added == {"c:101", "None:103"}
    assert {one.clip for one in wider.excluded} == {"a:100", "None:102"}


def test_people_are_held_out_of_training_to_stop_early():
    fold = next(leave_one_out(people(*"abcde"), by=By.PERSON))
    smaller, held = hold_out(fold, share=0.25, seed=3)
    assert held
    assert smaller.train
    assert not {one.person for one in smaller.train} & {one.person for one in held}
    assert {one.clip for one in (*smaller.train, *held)} == {one.clip for one in fold.train}
    with pytest.raises(SinglePersonError):
        hold_out(next(leave_one_out(people("a", "b"), by=By.PERSON)), share=0.2, seed=0)


def test_official_splits_are_named_for_what_they_do_not_promise():
    entries = [entry(None, 0, folds=("train1", "test2")), entry(None, 1, folds=("test1", "train2"))]
    assert "people unknown" in official(entries, number=1).name
    with pytest.raises(LabellessDataError):
        official(entries, number=3)


def test_labels_that_do_not_differ_teach_nothing():
    assert len(labelled(people("a"), label="action")) == 4
    with pytest.raises(LabellessDataError, match="correct"):
        labelled(people("a"), label="correct")
    with pytest.raises(LabellessDataError):
        labelled([entry("a", 0, correct=1.0), entry("b", 1, correct=1.0)], label="correct")
    words = [entry("a", 0, frame_vocabulary=("box", "jog"))]
    assert labelled(words, label="frame_labels") == tuple(words)
