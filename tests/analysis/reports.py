"""A small report to test with."""

from __future__ import annotations

import math

import numpy as np

from analysis.explanation import (
    INTEGRATED_GRADIENTS,
    Explanation,
    JointShare,
    MomentWeight,
    SignalPart,
    StateShare,
    WordAttention,
)
from analysis.schema import (
    SCHEMA_VERSION,
    Correction,
    Counterfactual,
    Feedback,
    Finding,
    Footage,
    Notice,
    Pattern,
    Person,
    Phase,
    Provenance,
    Report,
    Scale,
    Segment,
    Verdict,
)

EXPLAINED = Explanation(
    method=INTEGRATED_GRADIENTS,
    log_odds_gain=3.1,
    completeness_gap=0.02,
    bin_s=0.12,
    joints=(JointShare("left_knee", 0.7), JointShare("nose", -0.3)),
    moments=(MomentWeight(0.16, 0.6), MomentWeight(0.26, 0.4)),
    signals=(SignalPart("left_knee", 2.2, 1.9),),
    attention=(WordAttention("squat", 0.3, 0.2),),
)
STATES = (StateShare("tired", 0.7), StateShare("normal", 0.3))


def finding(**changes: object) -> Finding:
    fields = {
        "finding_id": "f1",
        "rule_id": "strength.squat.shallow",
        "segment_id": "s1",
        "track_id": 1,
        "metric": "strength.squat.knee_flexion_bottom",
        "verdict": Verdict.BELOW,
        "measured": 61.5,
        "low": 90.0,
        "high": math.inf,
        "unit": "deg",
        "at_s": 0.2,
        "sd": 4.0,
        "confidence": 0.99,
        "severity": 7.125,
        "counterfactual": Counterfactual("strength.squat.knee_flexion_bottom", 90.0, 28.5),
    }
    return Finding(**{**fields, **changes})


def report(**changes: object) -> Report:
    phases = (Phase("descent", 0.1, 0.2), Phase("ascent", 0.2, 0.3))
    fields = {
        "schema_version": SCHEMA_VERSION,
        "sport": "strength",
        "footage": Footage("a" * 64, 640, 480, np.arange(5) / 10),
        "people": (Person(1, 0.0, 0.4, 1.0, 0.9),),
        "segments": (Segment("s1", 1, "strength.squat", phases, 0.1, 0.3, 0.8, EXPLAINED, STATES),),
        "findings": (finding(),),
        "feedback": (Feedback(("f1",), "en", "Too shallow", "why", "cue", "drill", (0.1, 0.3)),),
        "notices": (Notice("variable_frame_rate"),),
        "provenance": Provenance(
            "0.1.0", {"sport": "strength"}, {"model": "b" * 64}, 3, 1, {"schema": "2"}
        ),
        "patterns": (
            Pattern(
                1,
                "strength.squat",
                "strength.squat.knee_flexion_bottom",
                "deg",
                "strength.squat.shallow",
                Verdict.BELOW,
                1,
                1,
                1,
                61.5,
                math.nan,
                4.0,
                7.125,
                ("f1",),
            ),
        ),
        "scales": (Scale(1, "height", 210.0, 6.0, math.nan, math.nan, 0.0),),
        "corrections": (Correction("side_swap-1-legs-1", 1, "side_swap", "legs", 0.1, 0.2, 0.99),),
    }
    return Report(**{**fields, **changes})
