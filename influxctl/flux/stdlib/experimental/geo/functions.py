"""experimental/geo: the builtins."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib.experimental.geo import cells
from influxctl.flux.stdlib.experimental.geo.shapes import (
    Region,
    angle,
    arc_distance,
    radius_in,
    read_geometry,
    read_region,
    segments_cross,
)
from influxctl.flux.values import Array, Record

_MOST_CELLS = 100_000


@builtin("experimental/geo", "getGrid")
@no_nulls
def get_grid(
    region: Record, units: Record, minSize: int = -1, maxSize: int = -1, level: int = -1, maxLevel: int = -1
) -> Record:
    """Cells that cover a region and their level: `level`, or the first level with `minSize` cells and no more than `maxSize`."""
    shape = read_region(region, radius_in(units))
    deepest = min(maxLevel, cells.MAX_LEVEL) if maxLevel >= 0 else cells.MAX_LEVEL
    if level > deepest:
        raise Invalid(f"level {level} is beyond the greatest level {deepest}")
    if level < 0 and minSize < 0 and maxSize < 0:
        raise Invalid("either level or minSize and maxSize must be given")
    found = [cell for cell in cells.faces() if shape.touches(cell)]
    at = 0
    while at < level if level >= 0 else len(found) < minSize and at < deepest:
        deeper = [child for cell in found for child in cells.children(cell) if shape.touches(child)]
        if level < 0 < maxSize < len(deeper):
            break
        if len(deeper) > _MOST_CELLS:
            raise Invalid(f"the region has more than {_MOST_CELLS} cells of level {at + 1}")
        found, at = deeper, at + 1
    return Record(level=at, set=Array(cells.token(cell) for cell in sorted(found)))


@builtin("experimental/geo", "getLevel")
@no_nulls
def get_level(token: str) -> int:
    """The level of a cell."""
    return cells.level_of(cells.from_token(token))


@builtin("experimental/geo", "s2CellIDToken")
def s2_cell_id_token(level: int, token: str | None = None, point: Record | None = None) -> str:
    """The token of the cell of `level` that holds a point, or the cell of a token."""
    if not 1 <= level <= cells.MAX_LEVEL:
        raise Invalid(f"level value must be [1, 30], got {level}")
    if point is not None:
        if point.get("lat") is None or point.get("lon") is None:
            raise Invalid("a point must have lat and lon")
        cell = cells.leaf_cell(cells.from_degrees(point["lat"], point["lon"]))
    elif token is not None:
        cell = cells.from_token(token)
    else:
        raise Invalid("either token or point must be specified")
    if cells.level_of(cell) < level:
        raise Invalid(f"requested level {level} greater than current level {cells.level_of(cell)}")
    return cells.token(cells.parent(cell, level))


@builtin("experimental/geo", "s2CellLatLon")
@no_nulls
def s2_cell_lat_lon(token: str) -> Record:
    """The centre of a cell."""
    lat, lon = cells.to_degrees(cells.centre(cells.from_token(token)))
    return Record(lat=lat, lon=lon)


@builtin("experimental/geo", "stContains")
@no_nulls
def st_contains(region: Record, geometry: Record, units: Record) -> bool:
    """Whether all points of a geometry lie in a region."""
    shape = read_region(region, radius_in(units))
    return all(shape.contains(point) for point in read_geometry(geometry))


@builtin("experimental/geo", "stDistance")
@no_nulls
def st_distance(region: Record, geometry: Record, units: Record) -> float:
    """The shortest distance between a region and a geometry."""
    radius = radius_in(units)
    return _nearest(read_region(region, radius), read_geometry(geometry)) * radius


def _nearest(shape: Region, points: list[cells.Vector3]) -> float:
    distance = min(shape.distance(point) for point in points)
    lines = list(pairwise(points))
    centre: Any = getattr(shape, "centre", None)
    if centre is not None and lines:
        nearest = min(arc_distance(centre, a, b) for a, b in lines)
        distance = min(distance, max(0.0, nearest - getattr(shape, "radius", 0.0)))
    for a, b in lines:
        for c, d in shape.edges():
            if segments_cross(a, b, c, d):
                return 0.0
            distance = min(distance, arc_distance(c, a, b))
    return distance


@builtin("experimental/geo", "stLength")
@no_nulls
def st_length(geometry: Record, units: Record) -> float:
    """The length of a line; 0 for a point."""
    points = read_geometry(geometry)
    return sum(angle(a, b) for a, b in pairwise(points)) * radius_in(units)
