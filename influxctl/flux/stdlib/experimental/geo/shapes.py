"""experimental/geo: points, lines, boxes, circles and polygons on the sphere: what contains what, how far, which cells touch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib.experimental.geo.cells import (
    Vector3,
    face_point,
    from_degrees,
    square,
    to_degrees,
    uv_on_face,
)

EARTH_RADIUS_KM = 6371.01
_UNITS = {"m": 1000.0, "km": 1.0, "mile": 1 / 1.609344}


def dot(a: Vector3, b: Vector3) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector3, b: Vector3) -> Vector3:
    """The vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def unit(a: Vector3) -> Vector3:
    """The vector of length 1 in the same direction."""
    length = math.sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length) if length else a


def angle(a: Vector3, b: Vector3) -> float:
    """The angle between two vectors, exact for small ones."""
    across = cross(a, b)
    return math.atan2(math.sqrt(dot(across, across)), dot(a, b))


def radius_in(units: Mapping[str, Any]) -> float:
    """The Earth's radius in the unit of distances; `Invalid` for an unknown unit."""
    name = units.get("distance")
    if name not in _UNITS:
        raise Invalid(f"unsupported unit of distance {name!r}; it must be m, km or mile")
    return EARTH_RADIUS_KM * _UNITS[name]


def cell_corners(cell: int) -> list[Vector3]:
    """The corners of a cell, counterclockwise."""
    face, (u0, u1, v0, v1) = square(cell)
    return [unit(face_point(face, u, v)) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]


def cell_holds(cell: int, point: Vector3) -> bool:
    """Whether a point lies in a cell, its border included."""
    face, (u0, u1, v0, v1) = square(cell)
    if dot(point, face_point(face, 0.0, 0.0)) <= 0:
        return False
    u, v = uv_on_face(face, point)
    return u0 <= u <= u1 and v0 <= v <= v1


def segments_cross(a: Vector3, b: Vector3, c: Vector3, d: Vector3) -> bool:
    """Whether the arcs ab and cd meet inside both."""
    ab, cd = cross(a, b), cross(c, d)
    acb, bda = -dot(ab, c), dot(ab, d)
    if acb * bda <= 0:
        return False
    cbd, dac = -dot(cd, b), dot(cd, a)
    return acb * cbd > 0 and acb * dac > 0


def arc_distance(point: Vector3, a: Vector3, b: Vector3) -> float:
    """The angle from a point to the nearest point of an arc."""
    normal = cross(a, b)
    if dot(normal, normal) < 1e-30:
        return angle(point, a)
    side = cross(normal, point)
    if dot(side, a) < 0 < dot(side, b) or dot(side, a) > 0 > dot(side, b):
        foot = cross(side, normal)
        foot = foot if dot(foot, point) >= 0 else (-foot[0], -foot[1], -foot[2])
        if dot(cross(a, foot), normal) >= 0 and dot(cross(foot, b), normal) >= 0:
            return angle(point, foot)
    return min(angle(point, a), angle(point, b))


class Region(Protocol):
    """What a region can answer; distances are angles."""

    def contains(self, point: Vector3) -> bool:
        """Whether the point lies in it."""

    def distance(self, point: Vector3) -> float:
        """The angle from the point to it; 0 inside."""

    def touches(self, cell: int) -> bool:
        """Whether an S2 cell and it have a point in common."""

    def edges(self) -> Sequence[tuple[Vector3, Vector3]]:
        """Arcs of its border; none for a circle."""


@dataclass(frozen=True)
class Circle:
    """All points within an angle of a centre; a point is a circle of radius 0."""

    centre: Vector3
    radius: float

    def contains(self, point: Vector3) -> bool:
        """Whether the point is near enough."""
        return angle(self.centre, point) <= self.radius

    def distance(self, point: Vector3) -> float:
        """How far the point is from the circle's border, 0 inside."""
        return max(0.0, angle(self.centre, point) - self.radius)

    def touches(self, cell: int) -> bool:
        """Whether a corner, the centre, or a side of the cell says so."""
        if cell_holds(cell, self.centre):
            return True
        corners = cell_corners(cell)
        return any(
            arc_distance(self.centre, a, b) <= self.radius
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        )

    def edges(self) -> Sequence[tuple[Vector3, Vector3]]:
        """None."""
        return ()


@dataclass(frozen=True)
class Box:
    """A range of latitudes and longitudes in degrees; the longitudes may pass 180."""

    min_lat: float
    max_lat: float
    min_lon: float
    max_lon: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether latitude and longitude are in range."""
        return self.min_lat <= lat <= self.max_lat and self.holds_lon(lon)

    def holds_lon(self, lon: float) -> bool:
        """Whether a longitude is in range."""
        if self.min_lon <= self.max_lon:
            return self.min_lon <= lon <= self.max_lon
        return lon >= self.min_lon or lon <= self.max_lon

    def contains(self, point: Vector3) -> bool:
        """Whether the point is in range; a billionth of a degree is rounding."""
        lat, lon = to_degrees(point)
        return self.holds(lat, lon) or any(
            self.holds(lat + d, lon + e) for d in (-1e-12, 1e-12) for e in (-1e-12, 1e-12)
        )

    def corners(self) -> list[Vector3]:
        """The corners, counterclockwise."""
        return [
            from_degrees(lat, lon)
            for lat, lon in (
                (self.min_lat, self.min_lon),
                (self.min_lat, self.max_lon),
                (self.max_lat, self.max_lon),
                (self.max_lat, self.min_lon),
            )
        ]

    def edges(self) -> Sequence[tuple[Vector3, Vector3]]:
        """The sides, those along parallels taken as arcs."""
        corners = self.corners()
        return list(zip(corners, corners[1:] + corners[:1], strict=True))

    def distance(self, point: Vector3) -> float:
        """The angle to the nearest side, or to the parallel straight north or south."""
        if self.contains(point):
            return 0.0
        lat, lon = to_degrees(point)
        nearest = min(arc_distance(point, a, b) for a, b in (self.edges()[1], self.edges()[3]))
        if self.holds_lon(lon):
            nearest = min(nearest, math.radians(min(abs(lat - self.min_lat), abs(lat - self.max_lat))))
        return nearest

    def touches(self, cell: int) -> bool:
        """Corners of one in the other, or sides that cross; sides along parallels are compared as parallels."""
        corners = cell_corners(cell)
        if any(self.contains(c) for c in corners) or any(cell_holds(cell, c) for c in self.corners()):
            return True
        sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
        edges = self.edges()
        meridians = (edges[1], edges[3])
        if any(segments_cross(a, b, c, d) for a, b in sides for c, d in meridians):
            return True
        return any(self._parallel_meets(lat, a, b) for lat in (self.min_lat, self.max_lat) for a, b in sides)

    def _parallel_meets(self, lat: float, a: Vector3, b: Vector3) -> bool:
        """Whether an arc meets a parallel within the box's longitudes."""
        height = math.sin(math.radians(lat))
        normal = unit(cross(a, b))
        flat = normal[0] ** 2 + normal[1] ** 2
        if flat < 1e-30:
            return False
        # points x with normal·x = 0, |x| = 1 and z = height
        base = (-normal[0] * normal[2] * height / flat, -normal[1] * normal[2] * height / flat)
        rest = 1 - height**2 - base[0] ** 2 - base[1] ** 2
        if rest < 0:
            return False
        reach = math.sqrt(rest / flat)
        for sign in (1, -1):
            point = (base[0] - sign * reach * normal[1], base[1] + sign * reach * normal[0], height)
            on_arc = dot(cross(a, point), normal) >= 0 and dot(cross(point, b), normal) >= 0
            if on_arc and self.holds_lon(to_degrees(point)[1]):
                return True
        return False


@dataclass(frozen=True)
class Polygon:
    """The smaller part of the sphere within a ring of points."""

    ring: tuple[Vector3, ...]

    def edges(self) -> Sequence[tuple[Vector3, Vector3]]:
        """The sides."""
        return list(zip(self.ring, self.ring[1:] + self.ring[:1], strict=True))

    def contains(self, point: Vector3) -> bool:
        """Whether the way from the point to the far side of the sphere crosses the ring an odd number of times."""
        middle = unit((sum(p[0] for p in self.ring), sum(p[1] for p in self.ring), sum(p[2] for p in self.ring)))
        # just beside the antipode of the middle, so that no arc to it runs along a side
        away = unit((-middle[0] + 1e-5, -middle[1] + 2e-5, -middle[2] - 3e-5))
        return sum(segments_cross(point, away, a, b) for a, b in self.edges()) % 2 == 1

    def distance(self, point: Vector3) -> float:
        """The angle to the nearest side, 0 inside."""
        return 0.0 if self.contains(point) else min(arc_distance(point, a, b) for a, b in self.edges())

    def touches(self, cell: int) -> bool:
        """Corners of one in the other, or sides that cross."""
        corners = cell_corners(cell)
        if any(self.contains(c) for c in corners) or any(cell_holds(cell, p) for p in self.ring):
            return True
        sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
        return any(segments_cross(a, b, c, d) for a, b in sides for c, d in self.edges())


def read_region(region: Mapping[str, Any], radius: float) -> Region:
    """The region that a record describes; `radius` is the Earth's in the unit of distances."""
    if {"minLat", "maxLat", "minLon", "maxLon"} <= region.keys():
        return Box(region["minLat"], region["maxLat"], region["minLon"], region["maxLon"])
    if "points" in region:
        points = tuple(from_degrees(p["lat"], p["lon"]) for p in region["points"])
        if len(points) < 3:
            raise Invalid("polygon must have at least 3 points")
        return Polygon(points)
    if {"lat", "lon"} <= region.keys():
        return Circle(from_degrees(region["lat"], region["lon"]), float(region.get("radius", 0.0)) / radius)
    raise Invalid("unsupported region: it must be a box, a circle, a polygon or a point")


def read_geometry(geometry: Mapping[str, Any]) -> list[Vector3]:
    """The points of a geometry: one for a point, several for a line; `Invalid` for anything else."""
    if "linestring" in geometry:
        try:
            pairs = [part.split() for part in geometry["linestring"].split(",")]
            points = [from_degrees(float(lat), float(lon)) for lon, lat in pairs]
        except ValueError:
            raise Invalid(
                f"invalid linestring {geometry['linestring']!r}; write it like '-74.0 40.7, -73.9 40.8'"
            ) from None
        return points
    if {"lat", "lon"} <= geometry.keys():
        return [from_degrees(geometry["lat"], geometry["lon"])]
    raise Invalid("unsupported geometry: it must be a point or a linestring")
