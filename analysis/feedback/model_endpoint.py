"""A language model behind an OpenAI-compatible address (vLLM, Ollama, llama.cpp and the like)."""

from __future__ import annotations

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from analysis.feedback.writer_errors import (
    WriterAnswerError,
    WriterConfigError,
    WriterError,
    WriterSlowError,
    WriterUnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import WordsConfig
    from analysis.feedback.prompt import Messages

READ_BYTES: Final = 16_384
AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})  # worth another try


class EndpointModel:
    """Posts to `{url}/chat/completions`; redirects are not followed."""

    kind = "endpoint"

    def __init__(self, config: WordsConfig, *, key: str = "") -> None:
        address = urlsplit(config.url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise WriterConfigError(url=config.url, expected="http(s)://host[:port]/v1")
        if address.username or address.password:
            raise WriterConfigError(expected="an address without a password; use the key setting")
        self.name = config.model or "default"
        self._config, self._key, self._address = config, key, address

    def complete(self, asked: Sequence[Messages]) -> Sequence[str | None]:
        """Answers, a few conversations at a time; after the first failure nothing more is asked.

        Raises:
            WriterError: not one was answered: the first reason.
        """
        ends_s = time.monotonic() + self._config.total_timeout_s
        stopped: list[WriterError] = []

        def answer(messages: Messages) -> str | None:
            if stopped:
                return None
            try:
                return self._answer(messages, ends_s=ends_s)
            except WriterError as error:
                stopped.append(error)
                return None

        with ThreadPoolExecutor(max_workers=self._config.parallel) as pool:
            answers = list(pool.map(answer, asked))
        if stopped and not any(found is not None for found in answers):
            raise stopped[0]
        return answers

    def _answer(self, messages: Messages, *, ends_s: float) -> str:
        """One answer, with tries again while there is time.

        Raises:
            WriterError: there is none.
        """
        failed: WriterError = WriterSlowError(seconds=self._config.total_timeout_s)
        for attempt in range(self._config.retries + 1):
            left_s = min(self._config.timeout_s, ends_s - time.monotonic())
            if left_s <= 0:
                break
            try:
                return self._post(messages, limit_s=left_s)
            except (WriterUnreachableError, WriterSlowError) as error:
                failed = error
            if attempt < self._config.retries:
                time.sleep(min(self._config.backoff_s * 2**attempt, max(0.0, left_s)))
        raise failed

    def _post(self, messages: Messages, *, limit_s: float) -> str:
        address = self._address
        secure = address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(str(address.hostname), address.port, timeout=limit_s)
        # A timeout of the socket is for each read; a server that trickles is stopped by this.
        watch = threading.Timer(limit_s, _shut, args=(connection,))
        watch.daemon = True
        watch.start()
        started_s = time.monotonic()
        try:
            connection.request(
                "POST",
                f"{address.path.rstrip('/')}/chat/completions",
                body=json.dumps(self._body(messages)).encode(),
                headers=self._headers(),
            )
            response = connection.getresponse()
            content = self._content(response)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() - started_s >= limit_s * 0.95:
                raise WriterSlowError(seconds=limit_s) from error
            raise WriterUnreachableError(host=address.hostname, why=type(error).__name__) from error
        finally:
            watch.cancel()
            connection.close()
        if response.status in AGAIN:
            raise WriterUnreachableError(host=address.hostname, why=response.status)
        if response.status != http.client.OK:
            raise WriterAnswerError(status=response.status, expected=200)
        return _text_of(content)

    def _content(self, response: http.client.HTTPResponse) -> bytes:
        parts, size = [], 0
        while part := response.read1(READ_BYTES):
            size += len(part)
            if size > self._config.max_answer_bytes:
                raise WriterAnswerError(expected=f"at most {self._config.max_answer_bytes} bytes")
            parts.append(part)
        return b"".join(parts)

    def _body(self, messages: Messages) -> dict[str, Any]:
        return {
            "model": self._config.model,
            "messages": messages,
            "temperature": self._config.temperature,
            "max_tokens": self._config.max_tokens,
            "stream": False,
        }

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers


def _shut(connection: http.client.HTTPConnection) -> None:
    """End a connection whose time is up; the reader then sees an error."""
    if connection.sock is not None:
        connection.sock.close()


def _text_of(content: bytes) -> str:
    """The answer in a chat completion.

    Raises:
        WriterAnswerError: there is none in it.
    """
    try:
        text = json.loads(content)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise WriterAnswerError(expected="a chat completion with choices") from error
    if not isinstance(text, str):
        raise WriterAnswerError(expected="a text as content")
    return text
