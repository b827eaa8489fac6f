"""The catalogue as a graph: fault → cause → deeper cause → drill, and what excludes what.

Nodes are keys ("strength.squat.shallow"); each has a `kind` ("fault", "cause" or "drill"), each
edge a `kind` ("because" or "mended_by").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Cause, Fault, Technique


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a fault to what mends it."""

    fault: str
    causes: tuple[str, ...]  # from the nearest to the deepest; none where a drill mends directly
    drill: str


def fault_graph(technique: Technique) -> nx.DiGraph:
    """Faults, causes and drills of one technique; without a circle, as the reader made sure."""
    graph = nx.DiGraph()
    causes = {cause.key: cause for fault in technique.faults for cause in fault.roots}
    causes |= {cause.key: cause for cause in technique.causes}
    for drill in technique.drills:
        graph.add_node(drill.key, kind="drill")
    for cause in causes.values():
        graph.add_node(cause.key, kind="cause")
        _add_edges(graph, cause, causes=cause.because)
    for fault in technique.faults:
        graph.add_node(fault.key, kind="fault")
        _add_edges(graph, fault, causes=tuple(cause.key for cause in fault.roots))
    return graph


def paths(technique: Technique, *, fault: str) -> tuple[Path, ...]:
    """Every way from a fault to a drill, the shortest first.

    Raises:
        KeyError: the technique has no such fault.
    """
    graph = fault_graph(technique)
    if fault not in graph or graph.nodes[fault]["kind"] != "fault":
        raise KeyError(f"{technique.key}: no fault {fault!r}")
    drills = [key for key, kind in graph.nodes(data="kind") if kind == "drill"]
    found = [
        Path(fault, tuple(way[1:-1]), way[-1]) for way in nx.all_simple_paths(graph, fault, drills)
    ]
    return tuple(sorted(found, key=lambda path: len(path.causes)))


def exclusive(catalogue: Catalogue) -> nx.Graph:
    """Techniques as nodes; an edge between two that one person cannot do at the same time."""
    graph = nx.Graph()
    techniques = catalogue.techniques
    graph.add_nodes_from(technique.key for technique in techniques)
    for one in techniques:
        graph.add_edges_from(
            (one.key, other.key)
            for other in techniques
            if one is not other and other.key not in one.together and one.key not in other.together
        )
    return graph


def _add_edges(graph: nx.DiGraph, owner: Fault | Cause, *, causes: tuple[str, ...]) -> None:
    graph.add_edges_from(_edges(owner, causes=causes))


def _edges(
    owner: Fault | Cause, *, causes: tuple[str, ...]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    for cause in causes:
        yield owner.key, cause, {"kind": "because"}
    for drill in owner.drills:
        yield owner.key, drill.key, {"kind": "mended_by"}
