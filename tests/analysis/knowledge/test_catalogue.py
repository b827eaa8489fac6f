from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from analysis.knowledge.catalogue import CatalogueError, load_catalogue, read_catalogue
from analysis.knowledge.records import COACH_SET, LANGUAGES

CATALOGUE = load_catalogue()
SHIPPED = Path(str(files("analysis.knowledge")))
EVERY = {
    "athletics": {"vertical_jump", "long_jump", "javelin"},
    "badminton": {"smash", "clear", "serve"},
    "basketball": {"jump_shot", "free_throw", "lay_up", "dribble"},
    "boxing": {"jab", "cross", "hook", "uppercut"},
    "football": {"instep_kick", "side_foot_pass", "header", "throw_in"},
    "golf": {"full_swing", "putt"},
    "running": {"gait"},
    "strength": {"squat", "deadlift", "press", "lunge", "push_up", "pull_up", "sit_up"},
    "tennis": {"serve", "forehand", "backhand", "volley"},
    "volleyball": {"spike", "serve", "block"},
}
TECHNIQUES = {
    "strength.squat",
    "athletics.vertical_jump",
    "tennis.forehand",
    "tennis.serve",
}


def test_the_sports_and_techniques_there_are():
    assert {s.key for s in CATALOGUE.sports()} == set(EVERY)
    assert {
        sport: {t.key.partition(".")[2] for t in CATALOGUE.candidates(sport)} for sport in EVERY
    } == EVERY


def test_it_is_read_once():
    assert load_catalogue() is CATALOGUE


@pytest.mark.parametrize("technique", CATALOGUE.techniques, ids=lambda t: t.key)
def test_every_fault_has_a_way_to_mend_it(technique):
    for fault in technique.faults:
        assert fault.cues
        assert fault.causes
        assert fault.drills
        assert CATALOGUE.fault(fault.key) is fault


@pytest.mark.parametrize("technique", CATALOGUE.techniques, ids=lambda t: t.key)
def test_every_metric_is_cited_or_coach_set(technique):
    for metric in technique.metrics:
        assert metric.source.kind in {"published", COACH_SET}
        if metric.source.kind == "published":
            assert str(metric.source.year) in metric.source.citation
            assert metric.source.journal


@pytest.mark.parametrize(
    ("key", "english"),
    [
        ("strength", "Strength training"),
        ("strength.squat", "Squat"),
        ("strength.squat.descent", "descent"),
        ("strength.squat.shallow", "The squat is too shallow"),
        ("strength.squat.box_squat", "Box squats"),
        ("tennis.serve.elbow_contact.left", "elbow bend at contact (left)"),
        ("unit.deg", "degrees"),
        ("side.left", "left"),
        ("verdict.cannot_tell", "cannot tell"),
        ("reason.view", "the camera angle does not show it"),
    ],
)
def test_anything_with_a_key_has_a_name_in_each_language(key, english):
    assert CATALOGUE.text(key, "en") == english
    chinese = CATALOGUE.text(key, "zh-hans")
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)


@pytest.mark.parametrize(
    "key", ["chess", "strength.plank", "strength.squat.nothing", "unit.furlong"]
)
def test_an_unknown_key_is_an_error(key):
    with pytest.raises(KeyError):
        CATALOGUE.text(key, "en")


def test_a_sport_limits_the_candidates():
    assert {t.sport for t in CATALOGUE.candidates("tennis")} == {"tennis"}
    assert CATALOGUE.candidates(None) == CATALOGUE.techniques
    with pytest.raises(KeyError, match="strength"):
        CATALOGUE.candidates("chess")


def test_the_most_specific_band_wins():
    jump = CATALOGUE.metric("athletics.vertical_jump.jump_height")
    assert jump.band(level="club", sex=None).low == 0.25
    assert jump.band(level="club", sex="female").low == 0.20
    assert jump.band(level="elite", sex="male").low == 0.35
    lean = CATALOGUE.metric("strength.squat.trunk_lean_max")
    assert (lean.band(level="elite", sex=None).low, lean.band(level="elite", sex=None).high) == (
        -math.inf,
        55,
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_description_is_plain_json(lang):
    told = json.loads(json.dumps(CATALOGUE.describe(lang), allow_nan=False))
    keys = {t["key"] for sport in told["sports"] for t in sport["techniques"]}
    assert keys >= TECHNIQUES
    assert told["units"]["deg"]["symbol"] == "°"


def test_the_web_process_can_read_it_without_heavy_libraries():
    script = (
        "import sys; from analysis.knowledge.catalogue import load_catalogue; load_catalogue();"
        "sys.exit(bool({'torch', 'av', 'cv2', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def changed(tmp_path, old, new, *, name="strength.yaml"):
    beside = {"running.yaml": ("basketball.yaml",), "basketball.yaml": ("running.yaml",)}
    for source in (SHIPPED / file for file in (name, "terms.yaml", *beside.get(name, ()))):
        text = source.read_text(encoding="utf-8")
        if source.name == name:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / source.name).write_text(text, encoding="utf-8")
    return sorted(tmp_path.glob("*.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("signal: trunk_lean,", "signal: tail_wag,", ["trunk_lean_max.measure.signal", "tail_wag"]),
        ("unit: deg", "unit: furlong", ["knee_flexion_bottom.unit", "furlong"]),
        ("unit: s\n", "unit: deg\n", ["descent_time.measure", "'s'"]),
        ("body: [knee]", "body: [wing]", ["knee_flexion_bottom.body.0", "wing"]),
        ("metric: knee_asymmetry,", "metric: nothing,", ["uneven_knees.when.metric", "nothing"]),
        ("is: below", "is: above", ["shallow.when", "border"]),
        ("drills: [tempo_squat]", "drills: [dancing]", ["dropping.drills.0", "dancing"]),
        ("drills: [tempo_squat]", "drills: [box_squat]", ["drills.tempo_squat", "fault"]),
        (
            "    name: {en: Squat, zh-hans: 深蹲}",
            "    name: {en: Squat}",
            ["squat.name", "zh-hans"],
        ),
        ("{from: start, to: bottom,", "{from: end, to: start,", ["phases.descent", "order"]),
        ("source: coach-set", "source: somebody", ["source", "coach-set"]),
        ("{low: 80, level: beginner}", "{low: 80, level: expert}", ["bands.0.level", "expert"]),
        ("{low: 90, level: club}", "{low: 90, level: beginner}", ["bands.1", "one band"]),
        ("error_floor: 4\n", "error_floor: 0\n", ["error_floor", "above 0"]),
        ("weak_hips, stiff_ankles]", "weak_hips, bad_luck]", ["causes.1", "bad_luck"]),
        ("because: [tight_calves]", "because: [stiff_ankles]", ["stiff_ankles", "no circle"]),
        (
            ", {metric: trunk_lean_max, is: above}]",
            ", {metric: trunk_lean_max, is: below}]",
            ["folding_shallow.when.all.1", "border"],
        ),
        (
            ", {metric: trunk_lean_max, is: above}]",
            ", {metric: knee_flexion_bottom, is: within}]",
            ["folding_shallow.when", "at the same time"],
        ),
        (
            "when: {all: [{metric: knee_flexion_bottom, is: below}, ",
            "when: {any: [{metric: knee_flexion_bottom, is: below}, ",
            ["folding_shallow.when", "first condition"],
        ),
        ("    acting: none", "    acting: tail", ["deadlift.acting", "tail"]),
        ("name: {en: Squat, zh-hans: 深蹲}", "name: {en: Squat, zh-hans: Squat}", ["Chinese"]),
        ("op: asymmetry,", "op: guess,", ["knee_asymmetry.measure.op", "guess"]),
        ("prominence: 0.06", "prominense: 0.06", ["squat.detect", "prominense"]),
        ("{high: 55}", "{high: tall}", ["bands.0", "low below high"]),
        ("min_rate_hz: 4", "min_rate_hz: fast", ["min_rate_hz", "number"]),
        ("  squat:\n", "  squat: [\n", ["strength.yaml", "YAML"]),
    ],
)
def test_a_bad_file_is_refused_with_its_file_and_key(tmp_path, old, new, named):
    sources = changed(tmp_path, old, new)
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(sources)
    message = str(refused.value)
    assert re.match(r"strength\.yaml:\d+: ", message)
    for part in named:
        assert part in message


def test_events_that_wait_for_each_other_are_refused(tmp_path):
    sources = changed(
        tmp_path,
        "takeoff: {kind: takeoff, signal: feet_height}",
        "takeoff: {kind: takeoff, signal: feet_height, after: lowest}",
        name="athletics.yaml",
    )
    with pytest.raises(CatalogueError, match=r"events\.lowest.*circle"):
        read_catalogue(sources)


def test_a_border_without_a_fault_is_refused(tmp_path):
    sources = changed(tmp_path, "{high: 55}", "{low: 5, high: 55}")
    with pytest.raises(CatalogueError, match=r"trunk_lean_max.*below"):
        read_catalogue(sources)


def test_the_shared_terms_must_be_there(tmp_path):
    sources = [s for s in changed(tmp_path, "Squat", "Squat") if s.name != "terms.yaml"]
    with pytest.raises(CatalogueError, match=r"terms\.yaml"):
        read_catalogue(sources)


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("golf.yaml", ", event: top}\n        error_floor: 0.25", "}\n        error_floor: 0.25",
         ["tempo.measure", "event"]),
        ("golf.yaml", "level: -0.22, ", "", ["events.toe_up", "level"]),
        ("running.yaml", "unit: per_min", "unit: s", ["cadence.measure", "per_min"]),
        ("running.yaml", ", level: 0.02}\n        views: [side]\n        error_floor: 0.03",
         "}\n        views: [side]\n        error_floor: 0.03", ["contact_time.measure", "level"]),
        ("running.yaml", "together: [basketball.dribble]", "together: [chess.move]",
         ["gait.together.0", "chess.move"]),
        ("boxing.yaml", "recovery: {from: reach,", "recovery: {from: start,",
         ["phases.recovery", "before the end"]),
    ],
)  # fmt: skip
def test_what_other_sports_add_is_checked_too(tmp_path, name, old, new, named):
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(changed(tmp_path, old, new, name=name))
    assert re.match(rf"{name}:\d+: ", str(refused.value))
    for part in named:
        assert part in str(refused.value)


def test_the_line_is_that_of_the_mistake(tmp_path):
    sources = changed(tmp_path, "unit: deg", "unit: furlong")
    text = (tmp_path / "strength.yaml").read_text(encoding="utf-8").splitlines()
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(sources)
    line = int(str(refused.value).split(":")[1])
    assert "furlong" in text[line - 1]


def test_a_cause_that_nothing_names_is_refused(tmp_path):
    sources = changed(tmp_path, "causes: [weak_hips, stiff_ankles]", "causes: [stiff_ankles]")
    with pytest.raises(CatalogueError, match=r"causes\.weak_hips.*names this cause"):
        read_catalogue(sources)


def test_another_word_is_another_version(tmp_path):
    assert CATALOGUE.version["sha256"] == load_catalogue().sha256
    other = read_catalogue(changed(tmp_path, "Box squats", "Bench squats"))
    assert other.version["schema"] == CATALOGUE.version["schema"]
    assert other.sha256 != CATALOGUE.sha256
