"""experimental/geo: S2 cells: points to cell numbers and back, tokens, levels, parents.

The sphere is projected on the six faces of a cube; each face is cut in four thirty times along a Hilbert curve. Source: the published
description of S2 geometry (s2geometry.io), quadratic projection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from influxctl.core.errors import Invalid

Vector3 = tuple[float, float, float]

MAX_LEVEL = 30
_SIZE = 1 << MAX_LEVEL
_SWAP, _INVERT = 1, 2
_POS_TO_IJ = ((0, 1, 3, 2), (0, 2, 3, 1), (3, 2, 0, 1), (3, 1, 0, 2))
_IJ_TO_POS = tuple(tuple(row.index(ij) for ij in range(4)) for row in _POS_TO_IJ)
_POS_TO_ORIENTATION = (_SWAP, 0, 0, _INVERT | _SWAP)


def from_degrees(lat: float, lon: float) -> Vector3:
    """The point of the unit sphere."""
    if any(not isinstance(v, int | float) or not math.isfinite(v) for v in (lat, lon)):
        raise Invalid(f"lat and lon must be numbers of degrees, got {lat} and {lon}")
    phi, theta = math.radians(lat), math.radians(lon)
    return math.cos(theta) * math.cos(phi), math.sin(theta) * math.cos(phi), math.sin(phi)


def to_degrees(point: Vector3) -> tuple[float, float]:
    """Latitude and longitude of a point."""
    x, y, z = point
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def face_uv(point: Vector3) -> tuple[int, float, float]:
    """The face of the cube that a point projects on, and where on it."""
    x, y, z = point
    axis = max(range(3), key=lambda i: (abs(point[i]), -i)) if abs(x) != abs(y) else (0 if abs(x) > abs(z) else 2)
    face = axis + (3 if point[axis] < 0 else 0)
    return (face, *uv_on_face(face, point))


def uv_on_face(face: int, point: Vector3) -> tuple[float, float]:
    """Where on the plane of a face a point projects."""
    x, y, z = point
    if face == 0:
        return y / x, z / x
    if face == 1:
        return -x / y, z / y
    if face == 2:
        return -x / z, -y / z
    if face == 3:
        return z / x, y / x
    return (z / y, -x / y) if face == 4 else (-y / z, -x / z)


def face_point(face: int, u: float, v: float) -> Vector3:
    """The direction of a place on a face; not of unit length."""
    return (
        (1.0, u, v),
        (-u, 1.0, v),
        (-u, -v, 1.0),
        (-1.0, -v, -u),
        (v, -1.0, -u),
        (v, u, -1.0),
    )[face]


def _uv_to_st(u: float) -> float:
    return 0.5 * math.sqrt(1 + 3 * u) if u >= 0 else 1 - 0.5 * math.sqrt(1 - 3 * u)


def _st_to_uv(s: float) -> float:
    return (4 * s * s - 1) / 3 if s >= 0.5 else (1 - 4 * (1 - s) * (1 - s)) / 3


def leaf_cell(point: Vector3) -> int:
    """The cell of the deepest level that holds a point."""
    face, u, v = face_uv(point)
    i, j = (min(max(math.floor(_uv_to_st(w) * _SIZE), 0), _SIZE - 1) for w in (u, v))
    number, orientation = face, face & _SWAP
    for k in range(MAX_LEVEL - 1, -1, -1):
        position = _IJ_TO_POS[orientation][(i >> k & 1) << 1 | j >> k & 1]
        number = number << 2 | position
        orientation ^= _POS_TO_ORIENTATION[position]
    return number << 1 | 1


def level_of(cell: int) -> int:
    """The level of a cell."""
    return MAX_LEVEL - ((cell & -cell).bit_length() - 1) // 2


def parent(cell: int, level: int) -> int:
    """The cell of a level that holds a cell."""
    mark = 1 << 2 * (MAX_LEVEL - level)
    return cell & -mark | mark


def children(cell: int) -> Iterator[int]:
    """The four cells that a cell is cut into."""
    mark = (cell & -cell) >> 2
    return (cell - 3 * mark + 2 * mark * k for k in range(4))


def faces() -> Iterator[int]:
    """The six cells of level 0."""
    return ((face << 1 | 1) << 60 for face in range(6))


def square(cell: int) -> tuple[int, tuple[float, float, float, float]]:
    """The face of a cell and its bounds there: least and greatest u, least and greatest v."""
    face, level = cell >> 61, level_of(cell)
    i = j = 0
    orientation = face & _SWAP
    for k in range(level):
        position = cell >> (61 - 2 * (k + 1)) & 3
        ij = _POS_TO_IJ[orientation][position]
        i, j = i << 1 | ij >> 1, j << 1 | ij & 1
        orientation ^= _POS_TO_ORIENTATION[position]
    count = 1 << level
    return face, (_st_to_uv(i / count), _st_to_uv((i + 1) / count), _st_to_uv(j / count), _st_to_uv((j + 1) / count))


def centre(cell: int) -> Vector3:
    """The middle of a cell, as a direction."""
    face, level = cell >> 61, level_of(cell)
    i = j = 0
    orientation = face & _SWAP
    for k in range(level):
        position = cell >> (61 - 2 * (k + 1)) & 3
        ij = _POS_TO_IJ[orientation][position]
        i, j = i << 1 | ij >> 1, j << 1 | ij & 1
        orientation ^= _POS_TO_ORIENTATION[position]
    count = 2 << level
    return face_point(face, _st_to_uv((2 * i + 1) / count), _st_to_uv((2 * j + 1) / count))


def token(cell: int) -> str:
    """A cell's number in hexadecimal without the zeros at its end."""
    return f"{cell:016x}".rstrip("0") or "X"


def from_token(text: str) -> int:
    """The cell that a token names; `Invalid` when it names none."""
    try:
        cell = int(text.ljust(16, "0"), 16) if 0 < len(text) <= 16 and text != "X" else 0
    except ValueError:
        cell = 0
    if cell <= 0 or cell >> 61 > 5 or ((cell & -cell).bit_length() - 1) % 2:
        raise Invalid(f"invalid token specified: {text!r} is not the token of an S2 cell")
    return cell
