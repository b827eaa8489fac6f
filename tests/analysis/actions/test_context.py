from analysis.actions.context import LONGEST_NOTE, NOTHING, Context


def test_what_is_known_is_one_line() -> None:
    told = Context(sport="Tennis", view="side", handedness="left", level="club", note="a\n serve")
    assert told.words() == (
        "sport: tennis, seen from the side, left-handed, club level, coach's note: a serve"
    )
    assert Context().words() == NOTHING


def test_a_note_of_any_length_is_cut() -> None:
    assert len(Context(note="x" * 10_000).words()) < LONGEST_NOTE + 20
