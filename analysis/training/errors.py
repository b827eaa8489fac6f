"""Why labelled movement is refused: typed, in both languages, with what was expected."""

from __future__ import annotations

from typing import Any, ClassVar, Final


class DataError(Exception):
    """Data that cannot be trained on. Subclasses fix the code; `params` fill in the wording."""

    code: ClassVar[str] = "data_unusable"

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(explain(self.code, lang="en", params=params))


class SettingsError(Exception):
    """A settings file that says something we do not know; names what is known."""


class CorruptDataError(DataError):
    """The content is not what its format promises."""

    code = "data_corrupt"


class UnknownDataError(DataError):
    """No reader knows this file or folder."""

    code = "data_unknown"


class LabellessDataError(DataError):
    """Nothing in it carries the label that is to be learned."""

    code = "data_labelless"


class SinglePersonError(DataError):
    """One person (or source) only: nobody is left to judge on."""

    code = "data_single_person"


class PersonOnBothSidesError(DataError):
    """A split would train on somebody it is judged on."""

    code = "data_person_on_both_sides"


class UnknownPersonError(DataError):
    """Who is seen is not known, so that a split by person cannot be promised."""

    code = "data_unknown_person"


class NotFiniteDataError(DataError):
    """Nothing but missing values."""

    code = "data_not_finite"


class StaleStoreError(DataError):
    """A prepared store that does not fit its index."""

    code = "data_stale_store"


WORDING: Final[dict[str, dict[str, str]]] = {
    "data_unusable": {
        "en": "The data cannot be used: {reason}.",
        "zh-hans": "数据无法使用：{reason}。",
    },
    "data_corrupt": {
        "en": "{name} is corrupt: {found}. Expected {expected}.",
        "zh-hans": "{name} 已损坏：{found}。应为：{expected}。",
    },
    "data_unknown": {
        "en": "No labelled movement that we can read in {name} (found: {found}). "
        "Expected files named like {expected}.",
        "zh-hans": "{name} 中没有可读取的带标注动作数据（发现：{found}）。"
        "文件名应类似：{expected}。",
    },
    "data_labelless": {
        "en": "{name} carries no label for {wanted}. Expected at least two different labels.",
        "zh-hans": "{name} 没有“{wanted}”的标注，至少需要两种不同的标注。",
    },
    "data_single_person": {
        "en": "{name} shows only {people}. Expected at least {least} different people or "
        "sources, so that the model is judged on others than it learned from.",
        "zh-hans": "{name} 中只有 {people}。至少需要 {least} 位不同的人或来源，"
        "才能用未参与训练的人来评估模型。",
    },
    "data_person_on_both_sides": {
        "en": "The split would train and judge on the same {kind}: {people}. "
        "Expected nobody on both sides.",
        "zh-hans": "该划分会让同一{kind}同时出现在训练和评估中：{people}。两边不得有相同的人。",
    },
    "data_unknown_person": {
        "en": "{clips} clips of {name} do not say who is seen. Expected a person for every clip "
        "of a split by person.",
        "zh-hans": "{name} 中有 {clips} 个片段没有标明人物。按人划分时每个片段都必须有人物标识。",
    },
    "data_not_finite": {
        "en": "{name} holds no finite pose at all. Expected coordinates.",
        "zh-hans": "{name} 中没有任何有效的姿态坐标。",
    },
    "data_stale_store": {
        "en": "The prepared data in {name} cannot be trusted: {found}. Expected {expected}. "
        "Prepare it again.",
        "zh-hans": "{name} 中的预处理数据不可信：{found}。应为：{expected}。请重新准备。",
    },
}


def explain(code: str, *, lang: str, params: dict[str, Any]) -> str:
    """A refusal's sentence in `lang` (English where the language is not ours)."""
    texts = WORDING[code]
    return texts[lang if lang in texts else "en"].format(**params)
