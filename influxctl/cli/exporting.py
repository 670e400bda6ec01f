"""Exports that do not fail for one broken resource: each is tried alone, and what cannot be exported is left out and named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from influxctl.cli.lookup import every
from influxctl.core.errors import Forbidden, InfluxctlError, PartlyDone, Unauthorized, Unreachable

if TYPE_CHECKING:
    from influxctl.cli.context import Context


def export_sound(ctx: Context, body: dict[str, Any], nouns: Mapping[str, str]) -> tuple[Any, PartlyDone | None]:
    """The export of what can be exported, and the error that tells what was left out. `nouns`: kinds of lookup to kinds of templates."""
    try:
        return _export(ctx, body), None
    except (Unauthorized, Forbidden, Unreachable):
        raise
    except InfluxctlError as whole:
        if "stackID" in body:
            raise
        wanted = body.get("resources") or _all(ctx, nouns, body["orgIDs"][0].get("resourceFilters") or {})
        good, bad = [], []
        for resource in wanted:
            try:
                _export(ctx, {"resources": [_reference(resource)]})
                good.append(_reference(resource))
            except InfluxctlError as error:
                bad.append({**resource, "reason": error.message})
                ctx.note(f"left out: {resource['kind']} {resource.get('name') or resource.get('id')}: {error.message}")
        if not bad:
            raise whole
        names = ", ".join(f"{each['kind']} {each.get('name') or each.get('id')}" for each in bad)
        partly = PartlyDone(
            f"{len(good)} resources are exported, {len(bad)} left out: {names}", details={"left_out": bad}
        )
        return (_export(ctx, {"resources": good}) if good else []), partly


def _export(ctx: Context, body: dict[str, Any]) -> Any:
    return ctx.call("ExportTemplate", json=body, headers={"Accept": "application/json"}).json()


def _all(ctx: Context, nouns: Mapping[str, str], filters: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Every resource that a template can hold and the filters let through, but the buckets of the system."""
    kinds, labels = filters.get("byResourceKind"), set(filters.get("byLabel") or ())
    return [
        {"kind": kind, "id": item["id"], "name": item.get("name")}
        for noun, kind in nouns.items()
        if not kinds or kind in kinds
        for item in cast("Iterable[dict[str, Any]]", every(ctx, noun))
        if item.get("type") != "system"
        and (not labels or labels & {label.get("name") for label in item.get("labels") or ()})
    ]


def _reference(resource: Mapping[str, Any]) -> dict[str, Any]:
    """By ID where there is one: a server asked for both says that it found nothing (seen with 2.9.1)."""
    key = "id" if resource.get("id") else "name"
    return {"kind": resource["kind"], key: resource[key]}
