"""Who is who in a recording: what the analysis saw, what the coach says, and the run that follows.

What follows reuses what was seen: only the conclusion is made anew (its inputs are found by key).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from sportsbr.recordings.models import FINAL_STATES, Person, Recording, Run
from sportsbr.recordings.services import RunNotFinishedError, athlete_options, start_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from sportsbr.accounts.models import Athlete, User

SAME_S: Final = 0.05  # a track that begins and ends this near is the one it was


class UnknownPersonError(Exception):
    """A decision names a person or an athlete that this recording cannot have."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a coach says of one person."""

    athlete: Athlete | None
    is_chosen: bool
    same_as: int | None


def people_of(recording: Recording) -> QuerySet[Person]:
    """Everybody who was followed, in the order of their numbers."""
    return recording.people.select_related("athlete")


def names_of(recording: Recording) -> dict[int, str]:
    """Names by number, for those that the coach named; a merged number has the name of all."""
    rows = {person.track_id: person for person in people_of(recording)}
    named = {number: row.athlete.name for number, row in rows.items() if row.athlete is not None}
    for group in _groups(rows.values()):
        name = next((named[number] for number in group if number in named), None)
        if name is not None:
            named |= dict.fromkeys(group, name)
    return named


def people_named(recording: Recording) -> list[str]:
    """Names that may not leave: of the athlete first, then of everybody in the club."""
    own = [recording.athlete.name] if recording.athlete is not None else []
    athletes = recording.club.athletes.values_list("name", flat=True)
    members = recording.club.memberships.values_list("user__first_name", "user__last_name")
    staff = [" ".join(part for part in parts if part) for parts in members]
    return list(dict.fromkeys(name for name in (*own, *athletes, *staff) if name))


@transaction.atomic
def store_people(recording_id: UUID, *, people: Iterable[Mapping[str, Any]]) -> None:
    """What a run saw; decisions stay with a person whose track is the one it was."""
    Recording.objects.select_for_update().get(pk=recording_id)
    before = {row.track_id: row for row in Person.objects.filter(recording_id=recording_id)}
    numbers = []
    for seen in people:
        numbers.append(seen["track_id"])
        fields = {key: seen[key] for key in ("first_s", "last_s", "seen_s", "at_s", "box_px")}
        fields["picture"] = base64.b64decode(seen["jpeg"])
        old = before.get(seen["track_id"])
        if old is not None and not _is_the_same(old, seen):
            old.delete()
        Person.objects.update_or_create(
            recording_id=recording_id, track_id=seen["track_id"], defaults=fields
        )
    Person.objects.filter(recording_id=recording_id).exclude(track_id__in=numbers).delete()


@transaction.atomic
def decide(recording: Recording, *, by: User, decisions: Mapping[int, Decision]) -> None:
    """Write what a coach says of some people; the others stay as they are.

    Raises:
        UnknownPersonError: a number or an athlete that does not belong to this recording.
    """
    rows = {row.track_id: row for row in recording.people.select_for_update()}
    for number, said in decisions.items():
        if number not in rows or said.same_as not in {None, *rows} or said.same_as == number:
            raise UnknownPersonError(f"expected people among {sorted(rows)}, got {number}")
        if said.athlete is not None and said.athlete.club_id != recording.club_id:
            raise UnknownPersonError("expected an athlete of the recording's club")
        row = rows[number]
        if (row.athlete, row.is_chosen, row.same_as) == (
            said.athlete,
            said.is_chosen,
            said.same_as,
        ):
            continue
        row.athlete, row.is_chosen, row.same_as = said.athlete, said.is_chosen, said.same_as
        row.decided_by, row.decided_at = by, timezone.now()
        row.save()


@transaction.atomic
def apply_decisions(recording: Recording) -> Run:
    """Queue a run that reports on the people as they were decided.

    Raises:
        RunNotFinishedError: a run of this recording is still under way.
    """
    last = recording.runs.select_for_update().order_by("-created_at").first()
    if last is not None and last.state not in FINAL_STATES:
        raise RunNotFinishedError(f"expected a finished run, got {last.state}")
    options = dict(last.options) if last is not None else {}
    rows = list(people_of(recording))
    groups = _groups(rows)
    options["merges"] = groups
    lowest = {number: group[0] for group in groups for number in group}
    chosen = {lowest.get(row.track_id, row.track_id) for row in rows if row.is_chosen}
    everybody = {lowest.get(row.track_id, row.track_id) for row in rows}
    options["track_ids"] = sorted(chosen) if chosen and chosen != everybody else None
    athletes = {row.athlete for row in rows if row.is_chosen and row.athlete is not None}
    if len(athletes) == 1 and len(chosen) == 1:
        options["athlete"] = athlete_options(athletes.pop())
    return start_run(recording, options=options)


def _is_the_same(old: Person, seen: Mapping[str, Any]) -> bool:
    return all(abs(getattr(old, key) - seen[key]) <= SAME_S for key in ("first_s", "last_s"))


def _groups(rows: Iterable[Person]) -> list[list[int]]:
    """Numbers that are one person, each group in rising order."""
    groups: list[set[int]] = []
    for row in rows:
        if row.same_as is None:
            continue
        pair = {row.track_id, row.same_as}
        touching = [group for group in groups if group & pair]
        groups = [group for group in groups if not group & pair]
        groups.append(pair.union(*touching))
    return sorted(sorted(group) for group in groups)
