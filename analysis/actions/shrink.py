"""Narrower networks: channels, heads and neurons cut out of the network, not masked.

A unit is what can be taken out alone: an inner channel of one of V's residual blocks, an attention
head of the language model (with grouped queries: a key-value head and the queries that share it),
or a neuron between the two linear layers of its feed-forward part. Some layers write it, one reads
it; cutting it takes rows from the first and a column from the second, so that what is left is
dense and costs less. Adapters beside a layer are cut with it.

Which units were kept lies in a buffer of the part they were cut from (`….kept`, int64): the
pretrained weights of what is left come from the language model's package, as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from analysis.actions.model import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.actions.model import FusedModel


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One place that units can be cut out of."""

    name: str  # "encoder.blocks.0": where the buffer lies
    kind: str  # "channels", "heads" or "neurons"
    holder: nn.Module
    writers: tuple[tuple[nn.Module, int], ...]  # layers, and how many of their outputs are one unit
    reader: nn.Module
    width: int  # of the reader's inputs, those of one unit
    units: int


def parts(model: FusedModel) -> Iterator[Part]:
    """Everything that can be cut; of a language model of a kind that is not known, nothing."""
    for name, module in model.named_modules():
        if _has(module, "over_time", "mix") and isinstance(module.over_time, nn.Conv1d):
            yield _part(name, "channels", module, writers=((module.over_time, 1),),
                        reader=module.mix, width=1)  # fmt: skip
        elif _has(module, "attention.self.query", "attention.output.dense", "intermediate.dense"):
            yield from _bert_layer(name, module)
        elif _has(module, "self_attn.q_proj", "self_attn.o_proj", "mlp.gate_proj"):
            yield from _llama_layer(name, module)


def cut(part: Part, *, keep: Tensor) -> None:
    """Leave only the units `keep` (N,) of a part, in that order.

    Raises:
        ValueError: none, or units that are not there.
    """
    if keep.numel() == 0 or int(keep.min()) < 0 or int(keep.max()) >= part.units:
        raise ValueError(f"{part.name}: expected some of {part.units} units to keep")
    for writer, width in part.writers:
        _select(writer, _columns(keep, width=width), dim=0)
    _select(part.reader, _columns(keep, width=part.width), dim=1)
    before = getattr(part.holder, KEPT[1:], None)
    kept = keep.clone() if before is None else before[keep]
    part.holder.register_buffer(KEPT[1:], kept.to(torch.int64))


def cut_as(model: FusedModel, tensors: Mapping[str, Tensor]) -> None:
    """Cut a whole network as the one was whose tensors these are; nothing where it was not.

    Raises:
        ValueError: it names units that are not there.
    """
    for part in list(parts(model)):
        kept = tensors.get(part.name + KEPT)
        if kept is not None:
            cut(part, keep=kept)


def _bert_layer(name: str, layer: Any) -> Iterator[Part]:
    attention = layer.attention.self
    size = attention.attention_head_size
    yield _part(
        f"{name}.attention.self", "heads", attention,
        writers=tuple((one, size) for one in (attention.query, attention.key, attention.value)),
        reader=layer.attention.output.dense, width=size,
    )  # fmt: skip
    yield _part(
        f"{name}.intermediate", "neurons", layer.intermediate,
        writers=((layer.intermediate.dense, 1),), reader=layer.output.dense, width=1,
    )  # fmt: skip


def _llama_layer(name: str, layer: Any) -> Iterator[Part]:
    """Llama, Qwen 2, Mistral and their like: queries in groups that share a key and a value."""
    attention, mlp = layer.self_attn, layer.mlp
    size = attention.head_dim
    queries = size * attention.num_key_value_groups
    yield _part(
        f"{name}.self_attn", "heads", attention,
        writers=((attention.q_proj, queries), (attention.k_proj, size), (attention.v_proj, size)),
        reader=attention.o_proj, width=queries,
    )  # fmt: skip
    yield _part(
        f"{name}.mlp", "neurons", mlp,
        writers=((mlp.gate_proj, 1), (mlp.up_proj, 1)), reader=mlp.down_proj, width=1,
    )  # fmt: skip


def _part(
    name: str,
    kind: str,
    holder: nn.Module,
    *,
    writers: tuple[tuple[nn.Module, int], ...],
    reader: nn.Module,
    width: int,
) -> Part:
    units = int(_plain(reader).weight.shape[1]) // width
    return Part(name, kind, holder, writers, reader, width, units)


def _has(module: nn.Module, *paths: str) -> bool:
    for path in paths:
        found: Any = module
        for word in path.split("."):
            found = getattr(found, word, None)
        if found is None:
            return False
    return True


def _plain(layer: nn.Module) -> Any:
    """The layer under its adapters."""
    return getattr(layer, "base_layer", layer)


def _columns(keep: Tensor, *, width: int) -> Tensor:
    return (keep[:, None] * width + torch.arange(width, device=keep.device)).flatten()


def _select(layer: Any, index: Tensor, *, dim: int) -> None:
    """Outputs (dim 0) or inputs (dim 1) of a linear or convolutional layer, and of its adapters."""
    plain = _plain(layer)
    _take(plain, "weight", index, dim=dim)
    if dim == 0 and plain.bias is not None:
        _take(plain, "bias", index, dim=0)
    for adapter in getattr(layer, "lora_B" if dim == 0 else "lora_A", {}).values():
        _take(adapter, "weight", index, dim=dim)
        _resized(adapter, size=index.numel(), dim=dim)
    for one in (plain, layer):
        _resized(one, size=index.numel(), dim=dim)


def _take(layer: nn.Module, name: str, index: Tensor, *, dim: int) -> None:
    old = getattr(layer, name)
    fresh = old.detach().index_select(dim, index.to(old.device)).clone()
    setattr(layer, name, nn.Parameter(fresh, requires_grad=old.requires_grad))


def _resized(layer: Any, *, size: int, dim: int) -> None:
    for name in (("out_features", "out_channels"), ("in_features", "in_channels"))[dim]:
        if name in vars(layer):
            setattr(layer, name, size)
