from __future__ import annotations

import pytest

from analysis.config import WordsConfig
from analysis.feedback.model_local import LocalModel
from analysis.feedback.prompt import TASK, messages
from tests.analysis.feedback.writers import save_causal_model

pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_causal_model(tmp_path_factory.mktemp("causal"))


def test_a_saved_model_answers_in_batches_and_the_same_each_time(folder):
    asked = [messages(TASK, data={"n": n}, lang="en") for n in range(3)]
    config = WordsConfig(model=str(folder), max_tokens=6, batch=2)
    first = LocalModel(config).complete(asked)
    assert len(first) == 3
    assert all(isinstance(text, str) for text in first)
    assert LocalModel(config).complete(asked) == first


def test_a_prompt_longer_than_the_model_reads_is_cut(folder):
    asked = [messages(TASK, data={"long": "x" * 5000}, lang="en")]
    (answer,) = LocalModel(WordsConfig(model=str(folder), max_tokens=4)).complete(asked)
    assert answer is not None
