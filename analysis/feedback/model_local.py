"""A causal language model on this machine, through `transformers`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from analysis.feedback.writer_errors import WriterConfigError, WriterModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import WordsConfig
    from analysis.feedback.prompt import Messages

LONGEST_TOKENS: Final = 4096  # of a prompt, where the model does not say how much it reads
QUANTISED: Final = (0, 4, 8)


class LocalModel:
    """Loaded when first asked; greedy, or sampled with a fixed seed at a low temperature."""

    kind = "local"

    def __init__(self, config: WordsConfig) -> None:
        if not config.model:
            raise WriterConfigError(model="", expected="a model's folder or its id")
        if config.bits not in QUANTISED:
            raise WriterConfigError(bits=config.bits, expected=QUANTISED)
        self.name = config.model.rstrip("/").rpartition("/")[2]
        self._config = config
        self._loaded: tuple[Any, Any] | None = None

    def complete(self, asked: Sequence[Messages]) -> Sequence[str | None]:
        """Answers, `batch` conversations at a time.

        Raises:
            WriterError: the model cannot be loaded or run.
        """
        tokenizer, model = self._load()
        prompts = [self._prompt(tokenizer, messages) for messages in asked]
        answers: list[str | None] = []
        for start in range(0, len(prompts), self._config.batch):
            answers.extend(
                self._generate(tokenizer, model, prompts[start : start + self._config.batch])
            )
        return answers

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is not None:
            return self._loaded
        if find_spec("transformers") is None:
            raise WriterModelError(model=self.name, expected="the package transformers")
        from transformers import AutoModelForCausalLM, AutoTokenizer

        source, options = self._config.model, self._options()
        try:
            # Safetensors only, and never a model's own code: both could run anything.
            tokenizer = AutoTokenizer.from_pretrained(source, padding_side="left")
            model = AutoModelForCausalLM.from_pretrained(source, use_safetensors=True, **options)
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise WriterModelError(model=self.name, why=f"{type(error).__name__}: {error}"[:300]
                                   ) from error  # fmt: skip
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        loaded: Any = model
        self._loaded = tokenizer, loaded.eval()
        return self._loaded

    def _options(self) -> dict[str, Any]:
        """Where the weights go, and in how many bits."""
        import torch

        if not torch.cuda.is_available():
            return {"dtype": torch.float32}
        options: dict[str, Any] = {"dtype": torch.bfloat16, "device_map": "auto"}
        if self._config.bits:
            if find_spec("bitsandbytes") is None:
                raise WriterModelError(model=self.name, expected="bitsandbytes for 4 or 8 bits")
            import transformers

            quantised: Any = transformers.BitsAndBytesConfig
            wanted = {f"load_in_{self._config.bits}bit": True}
            options["quantization_config"] = quantised(**wanted)
        return options

    def _prompt(self, tokenizer: Any, messages: Messages) -> str:
        """By the model's own chat template; a model without one reads plain text."""
        if getattr(tokenizer, "chat_template", None):
            return str(
                tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            )
        return "\n\n".join(message["content"] for message in messages) + "\n\n"

    def _generate(self, tokenizer: Any, model: Any, prompts: list[str]) -> list[str]:
        import torch

        told = self._config.max_tokens
        known = getattr(model.config, "max_position_embeddings", None) or LONGEST_TOKENS
        room = max(1, min(LONGEST_TOKENS, known - told))
        batch = tokenizer(
            prompts, return_tensors="pt", padding=True, truncation=True, max_length=room,
            add_special_tokens=not getattr(tokenizer, "chat_template", None),
        ).to(model.device)  # fmt: skip
        sampling: dict[str, Any] = {"do_sample": False}
        if self._config.temperature > 0:
            sampling = {"do_sample": True, "temperature": self._config.temperature}
        # The same words for the same findings, and nobody else's dice disturbed.
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(0)
            made = model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_new_tokens=told,
                pad_token_id=tokenizer.pad_token_id,
                **sampling,
            )
        new = made[:, batch["input_ids"].shape[1] :]
        return [str(text) for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
