"""YAML with the line of every value, so that a refusal can say where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from analysis.knowledge.node import CatalogueError, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    Path = tuple[str, ...]

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C where it was built


def read_lines(text: bytes, *, file: str) -> Node:
    """The root of a YAML document.

    Raises:
        CatalogueError: no YAML, a key given twice, or a value that contains itself; says where.
    """
    try:
        loader = Loader(text.decode("utf-8"))
        try:
            root = loader.get_single_node()
            if root is None:
                raise CatalogueError(f"{file}:1: expected a table, found nothing")
            lines = dict(_walk(root, path=(), above=(), file=file))
            return Node(file, (), loader.construct_document(root), lines)
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise CatalogueError(f"{file}:{line}: expected YAML: {error}") from error


def _walk(
    node: Any, *, path: Path, above: tuple[int, ...], file: str
) -> Iterator[tuple[Path, int]]:
    line = node.start_mark.line + 1
    if id(node) in above:
        raise CatalogueError(
            f"{file}:{line}: {'.'.join(path)}: expected a value that does not contain itself"
        )
    yield path, line
    above = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _walk(child, path=(*path, str(index)), above=above, file=file)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, child in node.value:
            if key.value in seen:
                raise CatalogueError(
                    f"{file}:{key.start_mark.line + 1}: {'.'.join(path)}: "
                    f"expected the key {key.value!r} once, found it again"
                )
            seen.add(key.value)
            if key.value != "<<":
                yield from _walk(child, path=(*path, key.value), above=above, file=file)
