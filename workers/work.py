"""One leased step with what its job needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings

from sportsbr.recordings.people import people_named
from sportsbr.recordings.storage import store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.config import AnalysisConfig, Private
    from sportsbr.recordings.ledger import Lease
    from sportsbr.recordings.models import Artifact, Recording, Run, Step


@dataclass(frozen=True)
class Work:
    """One leased step with what it needs."""

    lease: Lease
    step: Step
    scratch: Path
    tell: Callable[[float], None]

    @property
    def run(self) -> Run:
        """The run that the step is of."""
        return self.step.run

    @property
    def recording(self) -> Recording:
        """The footage."""
        return self.step.run.recording

    @cached_property
    def config(self) -> AnalysisConfig:
        """The run's options over the defaults."""
        from analysis.pipeline import config_from_options

        config = with_writer(config_from_options(self.run.options))
        if "chunk_s" in self.run.options.get("media", {}):
            return config
        return replace(config, media=replace(config.media, chunk_s=settings.SPORTSBR_CHUNK_S))

    @cached_property
    def private(self) -> Private:
        """What no report keeps."""
        return private_of(self.recording)

    @cached_property
    def models(self) -> dict[str, str]:
        """The hashes of the pose models."""
        from analysis import backends

        pose = self.config.pose
        return dict(backends.load("pose", name=pose.backend, config=pose).models)

    def artifact(self, kind: str, *, key: str) -> Artifact | None:
        """A file that a run before this one left."""
        return self.recording.artifacts.filter(kind=kind, key=key).first()

    def keep(self, source: Path, *, key: str) -> str:
        """Put a file into storage; its path there."""
        path = f"clubs/{self.recording.club_id}/{self.recording.pk}/{key}{source.suffix}"
        return store(source, path=path)


def with_writer(config: AnalysisConfig) -> AnalysisConfig:
    """The configuration with the site's language model, if it has one."""
    from analysis.config import WordsConfig

    known: dict[str, Any] = settings.SPORTSBR_WRITER_WORDS
    words = WordsConfig(**known)
    return replace(config, phraser=settings.SPORTSBR_WRITER, words=words)


def private_of(recording: Recording) -> Private:
    """The names of everybody in the club, the athlete's first, and the language model's key."""
    from analysis.config import Private

    names = people_named(recording)
    return Private(names=tuple(names), writer_key=settings.SPORTSBR_WRITER_KEY)
