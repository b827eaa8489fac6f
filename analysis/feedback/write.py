"""Findings put into words by a language model, over the skeleton of the grounded wording.

What is told and in which order, the cues and the drills stay those of the grounded wording; the
model phrases headline and explanation. What it writes is verified before it is kept, and what it
does not write, or not in the form asked for, stays grounded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from analysis.feedback.facts import gather
from analysis.feedback.model_endpoint import EndpointModel
from analysis.feedback.model_local import LocalModel
from analysis.feedback.phrase import GroundedPhraser
from analysis.feedback.prompt import ask_about, read_answer
from analysis.feedback.pseudonyms import pseudonyms
from analysis.feedback.writer_errors import WriterAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig, Private
    from analysis.feedback.prompt import Messages
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Feedback, Finding, Segment


class TextModel(Protocol):
    """Completes conversations."""

    kind: str  # "local" or "endpoint"
    name: str

    def complete(self, asked: Sequence[Messages]) -> Sequence[str | None]:
        """An answer to each conversation; None where there is none.

        Raises:
            WriterError: no conversation could be answered.
        """
        ...


class ModelPhraser:
    """Writes with a language model what the grounded wording would say."""

    def __init__(
        self, model: TextModel, *, catalogue: Catalogue, config: AnalysisConfig, private: Private
    ) -> None:
        self._model, self._catalogue, self._config = model, catalogue, config
        self._hidden = pseudonyms(private.names)
        self._grounded = GroundedPhraser(catalogue)

    @property
    def writer(self) -> str:
        """Kind and name, for the report."""
        return f"{self._model.kind}: {self._model.name}"

    def phrase(
        self, findings: Sequence[Finding], *, segments: Sequence[Segment], lang: str
    ) -> Sequence[Feedback]:
        """The grounded feedback with headlines and explanations of the model's.

        Raises:
            WriterError: the model could not be had, or answered nothing that can be read.
        """
        items = self._grounded.phrase(findings, segments=segments, lang=lang)
        known = {f.finding_id: f for f in findings}
        asked = [
            ask_about(
                item,
                points=gather(
                    [known[i] for i in item.finding_ids],
                    segments=segments,
                    catalogue=self._catalogue,
                ),
                catalogue=self._catalogue,
                context=self._context(),
            )
            for item in items
        ]
        if not asked:
            return items
        hidden: list[Messages] = [self._hidden.hide_in(messages) for messages in asked]
        answers = self._model.complete(hidden)
        told = [self._told(i, a) for i, a in zip(items, answers, strict=True)]
        if not any(item.writer == self._model.kind for item in told):
            raise WriterAnswerError(writer=self.writer)
        return told

    def _told(self, item: Feedback, answer: str | None) -> Feedback:
        read = read_answer(answer, keys=("headline", "why")) if answer is not None else None
        if read is None:
            return item
        told = replace(item, headline=read["headline"], why=read["why"])
        return replace(told, writer=self._model.kind)

    def _context(self) -> dict[str, Any]:
        """What helps to strike the right tone. The coach's note and file names stay here.

        They are other people's free text: they may hold names that nobody knows of, and
        instructions, and the findings do not need them.
        """
        athlete = self._config.athlete
        name = self._hidden.full[0][0] if self._hidden.full else None
        return {
            "name": name,
            "level": athlete.level,
            "sex": athlete.sex,
            "handedness": athlete.handedness,
        }


def local_writer(*, catalogue: Catalogue, config: AnalysisConfig, private: Private) -> ModelPhraser:
    """A causal language model on this machine.

    Raises:
        WriterError: there is no such model here.
    """
    model = LocalModel(config.words)
    return ModelPhraser(model, catalogue=catalogue, config=config, private=private)


def endpoint_writer(
    *, catalogue: Catalogue, config: AnalysisConfig, private: Private
) -> ModelPhraser:
    """A model behind an OpenAI-compatible address.

    Raises:
        WriterError: the address cannot be one.
    """
    model = EndpointModel(config.words, key=private.writer_key)
    return ModelPhraser(model, catalogue=catalogue, config=config, private=private)
