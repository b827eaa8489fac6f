from __future__ import annotations

from fractions import Fraction

import pytest

from analysis import backends
from analysis.config import PoseConfig


@pytest.mark.parametrize("kind", backends.BUILT_IN)
def test_every_built_in_name_leads_to_what_makes_it(kind: str) -> None:
    for target in backends.BUILT_IN[kind].values():
        module, _, attribute = target.partition(":")
        assert callable(getattr(__import__(module, fromlist=[attribute]), attribute))


def test_a_full_name_is_taken_as_it_is() -> None:
    assert backends.load("pose", name="fractions:Fraction", numerator=1) == Fraction(1)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(backends.UnknownBackendError, match="blazepose"):
        backends.load("pose", name="crystal-ball")


def test_the_default_pose_backend_names_its_models() -> None:
    models = backends.load("pose", name="blazepose", config=PoseConfig()).models
    assert models
    assert all(len(digest) == 64 for digest in models.values())
