"""Predicates to JSON and back, for the log and the manifest."""

from __future__ import annotations

from typing import Any

from influxctl.core.readspec import And, Compare, Exists, Match, Not, Or, Predicate


def predicate_to_json(node: Predicate | None) -> Any:
    """A predicate as JSON values: a list that begins with the node's kind."""
    if node is None:
        return None
    if isinstance(node, And):
        return ["and", predicate_to_json(node.left), predicate_to_json(node.right)]
    if isinstance(node, Or):
        return ["or", predicate_to_json(node.left), predicate_to_json(node.right)]
    if isinstance(node, Not):
        return ["not", predicate_to_json(node.operand)]
    if isinstance(node, Exists):
        return ["exists", node.column]
    if isinstance(node, Match):
        return ["match", node.column, node.pattern, node.negate, node.missing]
    return ["compare", node.column, node.op, node.value, node.missing]


def predicate_from_json(data: Any) -> Predicate | None:
    """The predicate that `predicate_to_json` wrote."""
    return None if data is None else _node(data)


def _node(data: Any) -> Predicate:
    """One node."""
    kind, *rest = data
    if kind in ("and", "or"):
        return (And if kind == "and" else Or)(_node(rest[0]), _node(rest[1]))
    if kind == "not":
        return Not(_node(rest[0]))
    if kind == "exists":
        return Exists(*rest)
    return Match(*rest) if kind == "match" else Compare(*rest)
