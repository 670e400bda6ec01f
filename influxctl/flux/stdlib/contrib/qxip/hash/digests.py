"""contrib/qxip/hash: digests from the standard library, and 64-bit xxHash and CityHash (1.0.2) by their published specifications."""

from __future__ import annotations

import base64
import hashlib
import hmac as hmac_of
import struct

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Value, type_of

_MASK = 0xFFFFFFFFFFFFFFFF
_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_K3, _KMUL = 0xC949D7C7509E6557, 0x9DDFEA08EB382D69


def _text(v: Value) -> bytes:
    if not isinstance(v, str):
        raise Invalid(f"cannot hash a value of type {type_of(v)}, only a string")
    return v.encode()


@builtin("contrib/qxip/hash", "sha256")
def sha256(v: Value) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(_text(v)).hexdigest()


@builtin("contrib/qxip/hash", "sha1")
def sha1(v: Value) -> str:
    """SHA-1 in hexadecimal."""
    return hashlib.sha1(_text(v), usedforsecurity=False).hexdigest()


@builtin("contrib/qxip/hash", "md5")
def md5(v: Value) -> str:
    """MD5 in hexadecimal."""
    return hashlib.md5(_text(v), usedforsecurity=False).hexdigest()


@builtin("contrib/qxip/hash", "hmac")
def hmac(v: Value, k: Value) -> str:
    """HMAC-SHA-1 in base 64."""
    return base64.b64encode(hmac_of.new(_text(k), _text(v), "sha1").digest()).decode()


@builtin("contrib/qxip/hash", "b64")
def b64(v: Value) -> str:
    """Base 64."""
    return base64.b64encode(_text(v)).decode()


@builtin("contrib/qxip/hash", "xxhash64")
def xxhash64(v: Value) -> str:
    """xxHash64 with seed 0, in decimal."""
    return str(_xxhash64(_text(v)))


@builtin("contrib/qxip/hash", "cityhash64")
def cityhash64(v: Value) -> str:
    """CityHash64 of version 1.0.2, the one that ClickHouse has, in decimal."""
    return str(_cityhash64(_text(v)))


def _left(value: int, count: int) -> int:
    return (value << count | value >> (64 - count)) & _MASK


def _right(value: int, count: int) -> int:
    return _left(value, 64 - count) if count else value


def _round(state: int, lane: int) -> int:
    return _left((state + lane * _P2) & _MASK, 31) * _P1 & _MASK


def _xxhash64(data: bytes) -> int:
    size, at = len(data), 0
    if size >= 32:
        lanes = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        while at <= size - 32:
            lanes = [_round(s, w) for s, w in zip(lanes, struct.unpack_from("<4Q", data, at), strict=True)]
            at += 32
        digest = sum(_left(s, n) for s, n in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for state in lanes:
            digest = ((digest ^ _round(0, state)) * _P1 + _P4) & _MASK
    else:
        digest = _P5
    digest = (digest + size) & _MASK
    while at <= size - 8:
        digest = (_left(digest ^ _round(0, _word(data, at)), 27) * _P1 + _P4) & _MASK
        at += 8
    if at <= size - 4:
        digest = (_left(digest ^ _half(data, at) * _P1 & _MASK, 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in data[at:]:
        digest = _left(digest ^ byte * _P5 & _MASK, 11) * _P1 & _MASK
    digest = (digest ^ digest >> 33) * _P2 & _MASK
    digest = (digest ^ digest >> 29) * _P3 & _MASK
    return digest ^ digest >> 32


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _half(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _mix(value: int) -> int:
    return value ^ value >> 47


def _pair(u: int, v: int) -> int:
    """CityHash's reduction of 128 bits to 64."""
    a = _mix((u ^ v) * _KMUL & _MASK)
    return _mix((v ^ a) * _KMUL & _MASK) * _KMUL & _MASK


def _short_city(data: bytes) -> int:
    """Up to 32 bytes."""
    size = len(data)
    if size > 16:
        a, b = _word(data, 0) * _K1 & _MASK, _word(data, 8)
        c, d = _word(data, size - 8) * _K2 & _MASK, _word(data, size - 16) * _K0 & _MASK
        first = (_right((a - b) & _MASK, 43) + _right(c, 30) + d) & _MASK
        return _pair(first, (a + _right(b ^ _K3, 20) - c + size) & _MASK)
    if size > 8:
        a, b = _word(data, 0), _word(data, size - 8)
        return _pair(a, _right((b + size) & _MASK, size)) ^ b
    if size >= 4:
        return _pair((size + (_half(data, 0) << 3)) & _MASK, _half(data, size - 4))
    if size:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[size - 1] << 2)
        return _mix((y * _K2 ^ z * _K3) & _MASK) * _K2 & _MASK
    return _K2


def _medium_city(data: bytes) -> int:
    """33 to 64 bytes."""
    size = len(data)

    def half(start: int, a: int, z: int) -> tuple[int, int]:
        b, c = _right((a + z) & _MASK, 52), _right(a, 37)
        a = (a + _word(data, start + 8)) & _MASK
        c += _right(a, 7)
        a = (a + _word(data, start + 16)) & _MASK
        return (a + z) & _MASK, (b + _right(a, 31) + c) & _MASK

    begin = (_word(data, 0) + (size + _word(data, size - 16)) * _K0) & _MASK
    v_first, v_second = half(0, begin, _word(data, 24))
    begin = (_word(data, 16) + _word(data, size - 32)) & _MASK
    w_first, w_second = half(size - 32, begin, _word(data, size - 8))
    r = _mix(((v_first + w_second) * _K2 + (w_first + v_second) * _K0) & _MASK)
    return _mix((r * _K0 + v_second) & _MASK) * _K2 & _MASK


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """CityHash's weak hash of 32 bytes with two seeds."""
    w, x, y, z = struct.unpack_from("<4Q", data, at)
    a = (a + w) & _MASK
    b = _right((b + a + z) & _MASK, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _right(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK


def _cityhash64(data: bytes) -> int:
    size = len(data)
    if size <= 32:
        return _short_city(data)
    if size <= 64:
        return _medium_city(data)
    x = _word(data, 0)
    y, z = _word(data, size - 16) ^ _K1, _word(data, size - 56) ^ _K0
    v = _weak(data, size - 64, size, y)
    w = _weak(data, size - 32, size * _K1 & _MASK, _K0)
    z = (z + _mix(v[1]) * _K1) & _MASK
    x = _right((z + x) & _MASK, 39) * _K1 & _MASK
    y = _right(y, 33) * _K1 & _MASK
    for at in range(0, (size - 1) & ~63, 64):
        x = _right((x + y + v[0] + _word(data, at + 16)) & _MASK, 37) * _K1 & _MASK
        y = _right((y + v[1] + _word(data, at + 48)) & _MASK, 42) * _K1 & _MASK
        x ^= w[1]
        y ^= v[0]
        z = _right(z ^ w[0], 33)
        v = _weak(data, at, v[1] * _K1 & _MASK, (x + w[0]) & _MASK)
        w = _weak(data, at + 32, (z + w[1]) & _MASK, y)
        x, z = z, x
    return _pair((_pair(v[0], w[0]) + _mix(y) * _K1 + z) & _MASK, (_pair(v[1], w[1]) + x) & _MASK)
