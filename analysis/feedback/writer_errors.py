"""Why a language model could not write. The report completes with grounded words all the same."""

from __future__ import annotations

from typing import Any, ClassVar


class WriterError(Exception):
    """No words came of a language model; `code` is stable, `params` say what was expected."""

    code: ClassVar[str] = "writer_failed"

    def __init__(self, **params: Any) -> None:
        self.params = params
        told = ", ".join(f"{key}={value!r}" for key, value in params.items())
        super().__init__(f"{self.code}: {told}")


class WriterConfigError(WriterError):
    """A setting cannot be used."""

    code = "writer_config"


class WriterModelError(WriterError):
    """There is no such model here, or it cannot be loaded."""

    code = "writer_model"


class WriterUnreachableError(WriterError):
    """The address does not answer."""

    code = "writer_unreachable"


class WriterSlowError(WriterError):
    """The address did not answer in time."""

    code = "writer_slow"


class WriterAnswerError(WriterError):
    """What came back is not in the form asked for."""

    code = "writer_answer"
