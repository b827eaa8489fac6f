"""Small random language models in the Hugging Face format, made on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    "sport view from the side front athlete right left handed level club note squat serve jump "
    "tennis strength knees bend ball hit over head up and down a is"
)


def save_tiny(folder: Path, *, kind: str) -> Path:
    """A random model of two layers, 32 wide: `kind` is "bert" (encoder) or "qwen" (causal)."""
    import torch
    from transformers import BertConfig, BertModel, Qwen2Config, Qwen2Model

    torch.manual_seed(3)
    vocabulary = _save_tokenizer(folder, kind=kind)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    if kind == "bert":
        config = BertConfig(vocab_size=vocabulary, intermediate_size=64, **sizes)
        BertModel(config).save_pretrained(folder, safe_serialization=True)
    else:
        config = Qwen2Config(
            vocab_size=vocabulary, intermediate_size=64, num_key_value_heads=2, **sizes
        )
        Qwen2Model(config).save_pretrained(folder, safe_serialization=True)
    return folder


def _save_tokenizer(folder: Path, *, kind: str) -> int:
    """As the real ones do: whole words for the encoder, bytes and merges for the causal one."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[EOS]"]
    if kind == "bert":
        vocabulary = {word: i for i, word in enumerate([*special, *dict.fromkeys(TEXT.split())])}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator([TEXT], trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", eos_token="[EOS]"
    ).save_pretrained(folder)
    return int(tokenizer.get_vocab_size())
