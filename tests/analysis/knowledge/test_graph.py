from __future__ import annotations

import networkx as nx
import pytest

from analysis.knowledge.catalogue import load_catalogue
from analysis.knowledge.graph import exclusive, fault_graph, paths

CATALOGUE = load_catalogue()
SQUAT = CATALOGUE.technique("strength.squat")


@pytest.mark.parametrize("technique", CATALOGUE.techniques, ids=lambda t: t.key)
def test_every_fault_leads_to_a_drill_and_nothing_leads_back(technique):
    assert nx.is_directed_acyclic_graph(fault_graph(technique))
    for fault in technique.faults:
        assert paths(technique, fault=fault.key)


def test_the_way_goes_through_the_deeper_cause():
    ways = paths(SQUAT, fault="strength.squat.knees_in")
    assert ways[0].causes == ()
    deepest = max(ways, key=lambda way: len(way.causes))
    assert deepest.causes == ("strength.squat.stiff_ankles", "strength.squat.tight_calves")
    assert deepest.drill == "strength.squat.ankle_rocks"


def test_a_cause_is_no_fault():
    with pytest.raises(KeyError, match="stiff_ankles"):
        paths(SQUAT, fault="strength.squat.stiff_ankles")


def test_one_body_does_one_thing_unless_told_otherwise():
    graph = exclusive(CATALOGUE)
    assert graph.has_edge("tennis.serve", "tennis.forehand")
    assert not graph.has_edge("running.gait", "basketball.dribble")
    assert not any(graph.has_edge(t.key, t.key) for t in CATALOGUE.techniques)
