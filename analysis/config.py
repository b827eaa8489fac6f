"""Every threshold with its unit. A report keeps the configuration that made it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

MIN_CAPTURE_FPS: Final = 1.0
MAX_CAPTURE_FPS: Final = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaConfig:
    """What footage is admitted and how it is normalised."""

    max_megapixels: float = 36.0  # 8K is 33 MP
    max_duration_s: float = 4 * 3600.0
    min_frames: int = 1  # a still has poses and angles, though nothing over time
    max_height_px: int = 1080  # shorter side of the normalised copy
    crf: int = 20
    probe_timeout_s: float = 30.0
    probe_memory_bytes: int = 2 * 1024**3
    damage_timeout_s: float = 600.0  # looking for spoilt pictures, only where there are signs
    capture_fps: float | None = None  # frames per real second while filming; None: as played
    chunk_s: float = 60.0  # a chunk is one task


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmingConfig:
    """When the look at a few pictures, before anything costly, warns of how it was filmed."""

    samples: int = 12
    pair_s: float = 0.25  # between the two pictures that show whether the camera moves
    least_share: float = 0.34  # of the sampled pictures that must show a fault
    max_shift_per_s: float = 0.03  # of a still camera's background, in picture diagonals
    dark_luma: float = 45.0  # 0..255, of the person and of the whole picture
    backlit_luma: float = 90.0  # a person darker than this …
    backlit_gap: float = 70.0  # … before something so much brighter
    min_sharpness: float = 0.08  # of edges; real clips have 0.17 to 0.5, out of focus 0.02
    min_person_px: float = 110.0  # height in the copy
    edge_share: float = 0.01  # how far beyond the picture's edge a joint counts as cut off
    many_people: int = 5
    least_usable: float = 0.6  # share of the technique's metrics that the view must show


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotConfig:
    """Where footage was cut."""

    min_change: float = 8.0  # mean change of the picture's blocks, of 255, at a hard cut
    min_ratio: float = 2.2  # by which a hard cut exceeds every change around it
    min_blend: float = 0.9  # share of the change that a cross-fade must explain, 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseConfig:
    """How people are seen and told apart."""

    backend: str = "blazepose"
    threads: int = 0  # 0: as many as the machine has cores
    max_people: int = 6
    detect_every_frames: int = 10  # look for newcomers this often
    min_detection_score: float = 0.5
    min_presence: float = 0.5
    model: str = "rtmpose-m"  # RTMPose: a variant of analysis.models.STEMS
    weights: str = ""  # RTMPose: another file in the models' folder for that variant
    detector: str = "yolox_tiny"  # RTMPose: finds people; a detector of the models' manifest
    follow_frames: int = 4  # RTMPose: so many frames are looked at in one go on predicted boxes
    min_follow_score: float = 0.3  # RTMPose: mean keypoint score below which a person is lost
    mirrored_too: bool = False  # RTMPose: average with the mirrored crop, at twice the cost
    batch_crops: int = 16  # RTMPose: crops in one call of the network
    max_gap_s: float = 1.0  # a person unseen for longer starts a new track
    min_track_s: float = 1.0
    min_track_share: float = 0.2  # of the time in view of the person seen longest …
    enough_s: float = 5.0  # … but somebody in view for so long always counts
    max_tracks: int = 12  # the most prominent people that are reported on
    min_track_score: float = 0.4
    look_frames: int = (
        7  # pictures that a person's clothes are looked at in; 0: nobody is known again
    )
    look_tracks: int = 250  # of the longest tracks: each picture of long footage costs a seek
    same_look: float = 11.0  # difference of colours (CIE L*a*b*) up to which clothes are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairConfig:
    """How exchanged left and right are found; costs in nats (negative log-likelihoods)."""

    undone: tuple[str, ...] = ()  # ids of corrections that are not to be made
    min_confidence: float = 0.95  # 0..1: a doubtful correction is not made
    switch_cost: float = 3.0  # nats for each change between "as given" and "exchanged"
    stray_cap: float = 8.0  # nats that one keypoint pair can weigh in a frame at most
    stir_bh2_s3: float = 20.0  # white acceleration of left from right, body heights² a second³
    prior_per_s: float = 2.0  # nats a second for contradicting the estimator
    shallow_per_s: float = 60.0  # the same where depth keeps its names: no estimator does so long
    mixed_per_s: float = 15.0  # nats a second for a limb exchanged without its root, or the reverse
    bone_per_s: float = 6.0  # nats a second for each unit of misfit of the bones' lengths
    facing_per_s: float = 15.0  # nats a second for sides that contradict feet and face


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """A line of known length that somebody marked in the picture, about where the athlete is."""

    a_px: tuple[float, float]
    b_px: tuple[float, float]
    length_m: float
    at_s: float = 0.0  # in which frame

    def __post_init__(self) -> None:
        if not self.length_m > 0 or tuple(self.a_px) == tuple(self.b_px):
            raise ValueError("LineConfig: expected two different points and a length above 0 m")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleConfig:
    """What turns pixels into metres beside the athlete's stature."""

    line: LineConfig | None = None
    click_sd_px: float = 2.0  # how well somebody marks a point
    planted_m_s: float = 0.5  # a toe slower than this stands
    level_sd_deg: float = 1.5  # a floor's angle known no better than this is not corrected for
    max_floor_deg: float = 10.0  # a steeper "floor" is feet that went away from the camera
    max_moving: float = 0.3  # of the frames; a camera that moves more tells no floor


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanConfig:
    """How coordinates are cleaned before anything is measured."""

    min_score: float = 0.3  # a keypoint seen with less is missing
    max_gap_frames: int = 10
    hampel_window_frames: int = 7
    hampel_threshold: float = 2.0
    cutoff: str = "fixed"  # "auto": the arms' by the residuals, never below `cutoff_hz`
    cutoff_hz: float = 6.0
    cutoff_max_hz: float = 18.0
    filter_order: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionConfig:
    """How repetitions are cut out."""

    backend: str = "kinematic"
    min_score: float = 0.3
    weights: str = ""  # fused: a checkpoint (.safetensors); "": the one that ships
    merge_gap_s: float = 0.4  # fused: a shorter doubt does not end a movement
    min_duration_s: float = 0.4  # fused: shorter is no movement
    states: bool = False  # fused: tell effort, fatigue and affect, where the weights know them


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainConfig:
    """How the fused model's labels are explained; another model has no use for it."""

    enabled: bool = True
    most_segments: int = 12  # of a report, in order; each takes about 5 s of one core
    steps: int = 16  # of integrated gradients, doubled until they add up
    coalitions: int = 256  # of signals that are held still together: all there are of eight


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkConfig:
    """What somebody says a person does between two times of the player, whatever models think."""

    track_id: int
    technique: str  # a key of the knowledge; "": none of them
    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s:
            raise ValueError("MarkConfig: expected a start at 0 s or later, and an end after it")


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteConfig:
    """What is known of the athlete; None: not told."""

    height_m: float | None = None
    handedness: str | None = None  # "left" or "right"
    level: str = "club"  # "beginner", "club" or "elite"
    sex: str | None = None  # "female" or "male"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsConfig:
    """The language model that phrases, where `phraser` is "local" or "endpoint"."""

    model: str = ""  # local: a folder or an id; endpoint: the name it is asked by
    url: str = ""  # endpoint: an OpenAI-compatible address, such as http://localhost:11434/v1
    temperature: float = 0.0  # 0: greedy
    max_tokens: int = 220  # of one answer
    batch: int = 8  # local: conversations in one go
    bits: int = 0  # local, with a GPU: 4 or 8 quantises; 0: as the weights are
    parallel: int = 4  # endpoint: conversations at a time
    timeout_s: float = 30.0  # endpoint: one answer, from the first byte sent to the last read
    total_timeout_s: float = 180.0  # endpoint: all of a language's answers
    retries: int = 2  # endpoint: after the first try
    backoff_s: float = 0.5  # endpoint: before the first retry; doubled each time
    max_answer_bytes: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """What an analysis is told and no report keeps."""

    names: tuple[str, ...] = ()  # people's names: never sent to a language model; the athlete first
    writer_key: str = field(default="", repr=False)  # for the endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisConfig:
    """All that decides a report beside the footage and the models."""

    sport: str | None = None  # None: every technique known is looked for
    note: str = ""  # the coach's own words about the footage; read by the fused model
    langs: tuple[str, ...] = ("en", "zh-hans")
    phraser: str = "grounded"  # or "local", "endpoint"
    words: WordsConfig = field(default_factory=WordsConfig)
    merges: tuple[tuple[int, ...], ...] = ()  # tracks that are one person; the lowest id stays
    track_ids: tuple[int, ...] | None = None  # None: everybody is reported on
    marks: tuple[MarkConfig, ...] = ()  # a coach's own; they go before what models find
    media: MediaConfig = field(default_factory=MediaConfig)
    filming: FilmingConfig = field(default_factory=FilmingConfig)
    shots: ShotConfig = field(default_factory=ShotConfig)
    pose: PoseConfig = field(default_factory=PoseConfig)
    repair: RepairConfig = field(default_factory=RepairConfig)
    scale: ScaleConfig = field(default_factory=ScaleConfig)
    clean: CleanConfig = field(default_factory=CleanConfig)
    actions: ActionConfig = field(default_factory=ActionConfig)
    explain: ExplainConfig = field(default_factory=ExplainConfig)
    athlete: AthleteConfig = field(default_factory=AthleteConfig)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the report's provenance and for cache keys."""
        return asdict(self)
