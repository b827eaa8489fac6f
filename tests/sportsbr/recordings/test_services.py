from __future__ import annotations

import pytest

from sportsbr.recordings import ledger, services
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_doorbell(monkeypatch):
    monkeypatch.setattr(ledger, "_send", lambda name, key: None)


@pytest.mark.parametrize("reads", [False, True])
def test_only_the_club_decides_whether_states_are_read(reads):
    recording = RecordingFactory(club__reads_states=reads)
    asked = {"actions": {"backend": "fused", "states": not reads}}
    run = services.start_run(recording, options=asked)
    assert run.options["actions"] == {"backend": "fused", "states": reads}


def test_a_run_keeps_nothing_of_states_where_nobody_spoke_of_them():
    assert "actions" not in services.start_run(RecordingFactory(), options={}).options
