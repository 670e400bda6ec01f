"""Templates compared and made stable."""

from __future__ import annotations

import random
from typing import Any

import pytest

from influxctl.offline.gitops import FieldChange, compare, display_name, meaning, slug, stable


def doc(kind: str, meta: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "influxdata.com/v2alpha1", "kind": kind, "metadata": {"name": meta}, "spec": spec}


def export(seed: int) -> list[dict[str, Any]]:
    """One organization as a server would export it: IDs in the names, in any order."""
    rng = random.Random(seed)
    names = {name: f"{name}-{rng.getrandbits(40):x}" for name in ("l1", "l2", "b", "e", "r", "d1", "d2")}
    labels = [{"kind": "Label", "name": names[name]} for name in ("l1", "l2")]
    rng.shuffle(labels)
    docs = [
        doc("Label", names["l1"], name="plant", color="#112233"),
        doc("Label", names["l2"], name="Plant", color="#112233"),
        doc("Bucket", names["b"], name="raw data", associations=labels),
        doc("NotificationEndpointHTTP", names["e"], name="hook", url="http://192.0.2.1"),
        doc("NotificationRule", names["r"], name="page", endpointName=names["e"], every="1h0m0s"),
        doc("Dashboard", names["d1"], name="board", charts=[{"name": "a", "kind": "Xy"}]),
        doc("Dashboard", names["d2"], name="board", charts=[{"name": "b", "kind": "Xy"}]),
    ]
    rng.shuffle(docs)
    return docs


@pytest.mark.parametrize("seed", range(5))
def test_exports_of_the_same_resources_are_equal(seed: int) -> None:
    assert stable(export(seed)) == stable(export(seed + 100))


def test_a_stable_export_is_stable_already() -> None:
    once = stable(export(1))
    assert stable(once) == once
    assert compare(export(2), once) and all(one.action == "keep" for one in compare(export(2), once))


def test_references_follow_the_names() -> None:
    by_name = {display_name(one): one for one in stable(export(3)) if one["kind"] != "Dashboard"}
    assert by_name["page"]["spec"]["endpointName"] == by_name["hook"]["metadata"]["name"]
    labels = [one["name"] for one in by_name["raw data"]["spec"]["associations"]]
    assert labels == sorted(by_name[name]["metadata"]["name"] for name in ("plant", "Plant"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (doc("Task", "t", every="60m"), doc("Task", "t", every="1h0m0s")),
        (doc("Task", "t", query='from(bucket:"b")|>last()'), doc("Task", "t", query='from(bucket: "b")\n  |> last()\n')),
        (doc("Check", "c", status="active", tags=[]), doc("Check", "c")),
        (doc("NotificationEndpointHTTP", "e", token={"secretRef": {"key": "x"}}), doc("NotificationEndpointHTTP", "e", token="open")),
        (doc("Bucket", {"envRef": {"key": "k", "default": "b"}}), doc("Bucket", "b")),
    ],
)  # fmt: skip
def test_other_words_for_the_same_are_no_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert meaning(one) == meaning(other)


def test_differences_name_the_field() -> None:
    old = [
        doc("CheckThreshold", "c", name="hot", thresholds=[{"level": "CRIT", "value": 1}]),
        doc("Bucket", "b", name="b"),
    ]
    new = [
        doc("CheckThreshold", "d", name="hot", thresholds=[{"level": "CRIT", "value": 2}]),
        doc("Task", "t", name="t"),
    ]
    changes = {(one.kind, one.name): one for one in compare(old, new)}
    assert {key: one.action for key, one in changes.items()} == {
        ("CheckThreshold", "hot"): "change", ("Bucket", "b"): "delete", ("Task", "t"): "create"}  # fmt: skip
    assert changes["CheckThreshold", "hot"].fields == (FieldChange("thresholds[0].value", 1, 2),)


def test_names_inside_templates_are_allowed_by_the_server() -> None:
    assert slug("NotificationEndpoint", "Ünï & co.") == "notification-endpoint-n-co"
    assert slug("Task", "…") == "task"
    assert len(slug("Task", "a" * 100)) == 63
