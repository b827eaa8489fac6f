"""What the analysis put right, in words, and whether somebody wants it kept as it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

PARTS: Final[dict[str, _StrPromise]] = {
    "legs": gettext_lazy("left and right leg were exchanged"),
    "lower_legs": gettext_lazy("left and right lower leg were exchanged"),
    "hips": gettext_lazy("left and right hip were exchanged"),
    "arms": gettext_lazy("left and right arm were exchanged"),
    "forearms": gettext_lazy("left and right forearm were exchanged"),
    "shoulders": gettext_lazy("left and right shoulder were exchanged"),
    "body": gettext_lazy("left and right of the whole body were exchanged"),
}


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A correction of a report document as the page lists it; times are the caller's."""
    facing = row["kind"] == "facing"
    return {
        "id": row["correction_id"],
        "text": _("the facing was misread") if facing else str(PARTS.get(row["part"], row["part"])),
        "track_id": row["track_id"],
        "start_s": row["start_s"],
        "end_s": row["end_s"],
        "confidence_text": f"{min(row['confidence'], 0.99):.0%}",
        "undone": row["undone"],
    }
