"""Language models for tests: a tiny causal one with random weights, and servers that misbehave."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TEMPLATE = (
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def save_causal_model(folder: Path) -> Path:
    """A GPT-2 with two layers of 16 and random weights over bytes, as Hugging Face saves it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<pad>", "<end>", *alphabet])}
    bytes_ = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytes_, pad_token="<pad>", eos_token="<end>", chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=len(vocabulary), n_positions=512, n_embd=16, n_layer=2, n_head=2,
            bos_token_id=1, eos_token_id=1,
        )  # fmt: skip
        GPT2LMHeadModel(config).save_pretrained(folder, safe_serialization=True)
    return folder


class Served:
    """What a server was sent, and how it answers."""

    def __init__(self, reply: Callable[[dict], bytes], *, status: int = 200) -> None:
        self.reply, self.status = reply, status
        self.bodies: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.ended = threading.Event()


@contextmanager
def serving(served: Served) -> Iterator[Served]:
    """A real HTTP server on this machine that answers every POST by `served.reply`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            served.bodies.append(body)
            served.headers.append(dict(self.headers))
            content = served.reply(json.loads(body))
            try:
                self.send_response(served.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                return  # the client gave up, as it should

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield served
    finally:
        served.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def completion(**texts: str) -> bytes:
    """A chat completion whose content is a JSON object of texts."""
    message = {"role": "assistant", "content": json.dumps(texts, ensure_ascii=False)}
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()
