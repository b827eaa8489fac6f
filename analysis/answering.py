"""A question about a stored report, answered: grounded, or in the words of a language model.

A part of the pipeline; it strings the questions and the models of `feedback`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.config import Private
from analysis.feedback.model_endpoint import EndpointModel
from analysis.feedback.model_local import LocalModel
from analysis.feedback.pseudonyms import pseudonyms
from analysis.feedback.questions import Answer, answer, ask_model, worded
from analysis.feedback.writer_errors import WriterError
from analysis.knowledge.catalogue import load_catalogue
from analysis.report_format import from_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.config import AnalysisConfig
    from analysis.feedback.questions import Similarity


def answer_question(
    question: str,
    *,
    document: Mapping[str, Any],
    config: AnalysisConfig,
    private: Private | None = None,
    similarity: Similarity | None = None,
) -> Answer:
    """What the report's findings say to a question, in the question's language.

    Whatever the language model does, the answer is there, and every sentence of it was checked.

    Raises:
        InvalidReportError: the document is not by the published schema.
    """
    private = private or Private()
    report, catalogue = from_document(document), load_catalogue()
    findings, segments = report.findings, report.segments
    given = answer(
        question, findings=findings, segments=segments, catalogue=catalogue, similarity=similarity
    )
    if config.phraser not in {"local", "endpoint"} or not given.is_measured:
        return given
    hidden = pseudonyms(private.names)
    asked = ask_model(
        question,
        given=given,
        findings=findings,
        segments=segments,
        catalogue=catalogue,
        is_remote=config.phraser == "endpoint",
    )
    try:
        model = (
            LocalModel(config.words)
            if config.phraser == "local"
            else EndpointModel(config.words, key=private.writer_key)
        )
        text = model.complete([hidden.hide_in(asked)])[0]
    except WriterError:
        return given
    return worded(
        given, text, writer=model.kind, findings=findings, segments=segments, catalogue=catalogue
    )
