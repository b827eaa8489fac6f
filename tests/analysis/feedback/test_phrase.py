from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.feedback.phrase import GroundedPhraser
from analysis.feedback.verify import verify
from analysis.schema import Verdict
from tests.analysis.feedback.samples import CATALOGUE, finding, segment, shallow_squats

LANGS = ("en", "zh-hans")


def phrased(findings, segments, lang="en"):
    return GroundedPhraser(CATALOGUE).phrase(findings, segments=segments, lang=lang)


def test_the_same_fault_over_repetitions_is_one_point():
    segments, findings = shallow_squats()
    (told,) = phrased(findings, segments)
    assert told.finding_ids == ("f1", "f2")
    assert told.headline == "The squat is too shallow in 2 of 5 squats."
    assert told.why.startswith(
        "The knee bend at the bottom averaged 72° (from 70° to 74°), "
        "well below the 90° asked for, 18° short of it."
    )
    assert told.cue == "Sit down between your heels until the thighs are level with the floor."
    assert told.drill.startswith("Box squats: ")
    assert "knee or back pain" in told.drill
    assert told.clip_s == (4.0, 6.0)


def test_chinese_reads_as_a_coach_would_write_it():
    segments, findings = shallow_squats()
    (told,) = phrased(findings, segments, "zh-hans")
    assert told.headline == "下蹲深度不够，5 次深蹲中有 2 次出现。"
    assert told.why.startswith(
        "最低点屈膝角度平均 72°（70° 到 74°），明显低于 90° 的要求，还差 18°。".replace(" 的", "的")
    )


@pytest.mark.parametrize(
    ("values", "repetitions", "headline"),
    [
        ((70.0,), 1, "The squat is too shallow."),
        ((70.0, 71.0), 2, "The squat is too shallow in both squats."),
        ((70.0,) * 3, 3, "The squat is too shallow in all 3 squats."),
        ((70.0,), 3, "The squat is too shallow in 1 of 3 squats."),
    ],
)
def test_how_often(values, repetitions, headline):
    segments, findings = shallow_squats(values, repetitions=repetitions)
    assert phrased(findings, segments)[0].headline == headline


def test_a_single_repetition_is_told_with_its_error():
    segments, findings = shallow_squats((70.0,), repetitions=1)
    assert "was 70° (± 4°)" in phrased(findings, segments)[0].why
    assert "为 70°（误差 ±4°）" in phrased(findings, segments, "zh-hans")[0].why


def test_the_side_is_told_where_there_is_one():
    one = finding(1, "tennis.serve.elbow_contact.left", 80.0, sd=8.0)
    (told,) = phrased([one], [segment(1, "tennis.serve")])
    assert "on the left side was 80°" in told.why
    assert (
        "左侧击球瞬间肘关节弯曲角度"
        in phrased([one], [segment(1, "tennis.serve")], "zh-hans")[0].why
    )


def test_the_most_important_comes_first():
    far = finding(1, "strength.squat.knee_flexion_bottom", 50.0)
    near = finding(2, "strength.squat.descent_time", 0.5, sd=0.05)
    told = phrased([near, far], [segment(1)])
    assert [t.finding_ids for t in told] == [("f1",), ("f2",)]


def test_what_is_well_done_is_praised_after_the_faults():
    deep = finding(1, "strength.squat.knee_flexion_bottom", 115.0)
    lean = finding(2, "strength.squat.trunk_lean_max", 75.0)
    fault, praise = phrased([deep, lean], [segment(1)])
    assert fault.finding_ids == ("f2",)
    assert praise.headline == "Good depth."
    assert "115° (± 4°), on target (at least 90°)" in praise.why
    assert praise.cue == praise.drill == ""


def test_a_metric_that_fails_once_is_not_praised():
    segments, findings = shallow_squats((70.0,))
    assert not [t for t in phrased(findings, segments) if t.headline == "Good depth."]


def test_what_cannot_be_judged_says_why_and_how_to_film():
    hidden = finding(1, "strength.squat.trunk_lean_max", 0.0, reason="view")
    (told,) = phrased([hidden], [segment(1)])
    assert told.headline == "Squat: could not judge forward lean of the trunk."
    assert told.why == "The camera angle does not show it."
    assert "from the side" in told.cue


def test_nothing_found_is_nothing_said():
    assert phrased([], []) == []


METRICS = [metric.key for technique in CATALOGUE.techniques for metric in technique.metrics]


@settings(deadline=None)  # the first example compiles the patterns
@given(
    metric=st.sampled_from(METRICS),
    side=st.sampled_from(["left", "right"]),
    factors=st.lists(st.floats(0.05, 3.0), min_size=1, max_size=6),
    more=st.integers(0, 3),
    lang=st.sampled_from(LANGS),
)
def test_every_sentence_it_writes_is_supported(metric, side, factors, more, lang):
    known = CATALOGUE.metric(metric)
    key = f"{metric}.{side}" if known.side == "acting" else metric
    band = known.band(level="club", sex=None)
    scale = band.low if abs(band.low) < 1e9 else band.high
    sd = 0.05 * abs(scale) + 1e-3
    findings = [
        finding(i, key, f * abs(scale), sd=sd, segment_id=f"s{i}", at_s=4.0 * i + 1)
        for i, f in enumerate(factors, start=1)
    ]
    technique = metric.rpartition(".")[0]
    segments = [segment(i, technique) for i in range(1, len(factors) + more + 1)]
    told = phrased(findings, segments, lang)
    checked = verify(told, findings=findings, segments=segments, catalogue=CATALOGUE, lang=lang)
    assert checked.dropped == ()
    assert [replace(kept, sentences=()) for kept in checked.kept] == told
    at_fault = {f.finding_id for f in findings if f.verdict in {Verdict.BELOW, Verdict.ABOVE}}
    assert at_fault <= {i for t in told for i in t.finding_ids}
