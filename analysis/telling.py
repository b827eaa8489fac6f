"""What is said of what was found: words of whichever writer, verified, with names put back.

A part of the pipeline; it strings the writers and the verification of `feedback`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis import backends
from analysis.config import Private
from analysis.feedback.phrase import GroundedPhraser
from analysis.feedback.pseudonyms import pseudonyms
from analysis.feedback.verify import verify
from analysis.feedback.writer_errors import WriterError
from analysis.schema import Dropped, Feedback, Finding, Notice, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig
    from analysis.feedback.pseudonyms import Pseudonyms
    from analysis.feedback.verify import VerifiedFeedback
    from analysis.knowledge.catalogue import Catalogue
    from analysis.protocols import Phraser


def feedback_on(
    segments: Sequence[Segment],
    findings: Sequence[Finding],
    *,
    catalogue: Catalogue,
    config: AnalysisConfig,
    private: Private | None = None,
) -> Told:
    """Verified feedback in each language.

    A language model that cannot be had, or of whose words too little stands, gives way to the
    grounded wording; the notices say so.
    """
    private = private or Private()
    grounded = GroundedPhraser(catalogue)
    phraser, notices = _phraser(catalogue=catalogue, config=config, private=private)
    hidden = pseudonyms(private.names)
    told = Told(writer=phraser.writer, notices=notices)
    for lang in config.langs:
        for track_id in sorted({f.track_id for f in findings}):
            own = [f for f in findings if f.track_id == track_id]
            instead = grounded.phrase(own, segments=segments, lang=lang)
            written = instead
            if told.writer != grounded.writer:
                try:
                    written = phraser.phrase(own, segments=segments, lang=lang)
                except WriterError as error:
                    told = told.without_model(error, writer=grounded.writer)
            verified = verify(
                written,
                findings=own,
                segments=segments,
                catalogue=catalogue,
                lang=lang,
                instead=instead,
            )
            told = told.with_more(verified, restored=[named(i, hidden) for i in verified.kept])
    return told


@dataclass(frozen=True, slots=True)
class Told:
    """What is said, what was not, and by whom."""

    writer: str
    notices: tuple[Notice, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    sentences: int = 0
    rejected: tuple[Dropped, ...] = ()
    taken_over: int = 0

    def without_model(self, error: WriterError, *, writer: str) -> Told:
        """From here on grounded words: a model that failed once is not waited for again."""
        notice = Notice("writer_failed", {"code": error.code, "writer": self.writer})
        written = any(item.writer != writer for item in self.feedback)
        return replace(
            self, writer=self.writer if written else writer, notices=(*self.notices, notice)
        )

    def with_more(self, verified: VerifiedFeedback, *, restored: Sequence[Feedback]) -> Told:
        """The same with what was said of one more person in one more language."""
        return replace(
            self,
            feedback=(*self.feedback, *restored),
            sentences=self.sentences + verified.kept_sentences,
            rejected=(*self.rejected, *verified.rejected),
            taken_over=self.taken_over + verified.taken_over,
        )

    def as_dict(self) -> dict[str, Any]:
        """What was dropped and why, as plain values for whoever looks after the wording."""
        return {
            "writer": self.writer,
            "taken_over": self.taken_over,
            "dropped": [asdict(item) for item in self.rejected],
        }

    def said(self) -> tuple[Notice, ...]:
        """What the reader should know of the words."""
        told = list(self.notices)
        if self.rejected:
            told.append(Notice("sentences_dropped", {"dropped": len(self.rejected)}))
        if self.taken_over:
            told.append(Notice("writer_taken_over", {"items": self.taken_over}))
        return tuple(told)


def _phraser(
    *, catalogue: Catalogue, config: AnalysisConfig, private: Private
) -> tuple[Phraser, tuple[Notice, ...]]:
    """The writer that is asked for; the grounded one, with a notice, where it cannot be had."""
    try:
        made: Phraser = backends.load(
            "phraser", name=config.phraser, catalogue=catalogue, config=config, private=private
        )
    except WriterError as error:
        notice = Notice("writer_failed", {"code": error.code, "writer": config.phraser})
        return GroundedPhraser(catalogue), (notice,)
    return made, ()


def named(item: Feedback, hidden: Pseudonyms) -> Feedback:
    """Feedback with people's names put back."""
    if not hidden.full:
        return item
    return replace(
        item,
        headline=hidden.restore(item.headline),
        why=hidden.restore(item.why),
        sentences=tuple(replace(s, text=hidden.restore(s.text)) for s in item.sentences),
    )
