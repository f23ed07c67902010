"""Geospatial functions over GeoJSON records and WKT texts (Microsoft Learn, "GeoSpatial Functions")."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling

from local_azure.stream_analytics.errors import JobError

EQUATOR, FLATTENING = 6_378_137.0, 1 / 298.257223563
"""WGS 84: metres, and the ellipsoid's flattening."""
MACROS = """
create macro parsed_object(t) as case when json_valid(t) then
    case when json_type(t) = 'OBJECT' then cast(json(t) as varchar) end end;
create macro geo_point(latitude, longitude) as case when latitude is not null and longitude is not null then
    cast(json_object('type', 'Point', 'coordinates', [longitude, latitude]) as varchar) end;
create macro geo_line(points) as cast(json_object('type', 'LineString', 'coordinates',
    list_transform(points, lambda __p: json_extract(__p, '$.coordinates'))) as varchar);
create macro geo_polygon(points) as cast(json_object('type', 'Polygon', 'coordinates',
    [list_transform(points, lambda __p: json_extract(__p, '$.coordinates'))]) as varchar);
"""
Point = tuple[float, float]
_WKT = re.compile(r"\s*(\w+)\s*\((.*)\)\s*", re.DOTALL)
_KINDS = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}


def register(db: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to a connection."""
    db.execute(MACROS)
    text: Any = "VARCHAR"
    functions: list[tuple[str, Any, Any]] = [
        ("st_metres", distance, "DOUBLE"),
        ("st_inside", within, "BIGINT"),
        ("st_overlap", overlaps, "BIGINT"),
        ("st_cross", intersects, "BIGINT"),
    ]
    for name, function, result in functions:
        db.create_function(name, function, [text, text], result, null_handling=FunctionNullHandling.SPECIAL)


def distance(first: str | None, second: str | None) -> float | None:
    """Metres between two points along the ellipsoid; 0 for polygons (st-distance)."""
    a, b = _shape(first), _shape(second)
    if a is None or b is None:
        return None
    if a[0] != "Point" or b[0] != "Point":
        return 0.0
    return _vincenty(a[1][0], b[1][0])


def within(inner: str | None, outer: str | None) -> int | None:
    """1 if a point or polygon lies in a polygon (st-within)."""
    a, b = _shape(inner), _shape(outer)
    if a is None or b is None:
        return None
    return int(all(_inside(point, b[1]) for point in a[1]) and not _edges_cross(a[1], b[1]))


def overlaps(first: str | None, second: str | None) -> int | None:
    """1 if two polygons share a part and neither lies in the other (st-overlaps)."""
    a, b = _shape(first), _shape(second)
    if a is None or b is None:
        return None
    shared = _edges_cross(a[1], b[1]) or any(_inside(point, b[1]) for point in a[1])
    return int(shared and not within(first, second) and not within(second, first))


def intersects(first: str | None, second: str | None) -> int | None:
    """1 if two lines meet (st-intersects)."""
    a, b = _shape(first), _shape(second)
    if a is None or b is None:
        return None
    return int(any(_meet(p, q, r, s) for p, q in _edges(a[1]) for r, s in _edges(b[1])))


def _shape(text: str | None) -> tuple[str, list[Point]] | None:
    """The type and the points of a GeoJSON record, or of a text of WKT; None for anything else."""
    try:
        shape = json.loads(text or "null")
        return _wkt(shape) if isinstance(shape, str) else _geojson(shape)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None


def _geojson(record: dict[str, Any]) -> tuple[str, list[Point]]:
    """The pages write a polygon's ring bare, too."""
    kind, points = record["type"], record["coordinates"]
    if kind == "Point":
        return kind, [(float(points[0]), float(points[1]))]
    if kind == "Polygon" and isinstance(points[0][0], list):
        points = points[0]
    return kind, [(float(x), float(y)) for x, y in points]


def _wkt(text: str) -> tuple[str, list[Point]] | None:
    """Longitude stands before latitude ("Geofencing and geospatial aggregation scenarios")."""
    found = _WKT.fullmatch(text)
    if found is None:
        return None
    if (kind := _KINDS.get(found[1].upper())) is None:
        raise JobError(f"{found[1]} is not supported here; a shape is a point, a line string or a polygon")
    outline = found[2].split(")")[0].lstrip(" (")
    return kind, [(float(x), float(y)) for x, y, *_ in (point.split() for point in outline.split(","))]


def _edges(points: list[Point]) -> list[tuple[Point, Point]]:
    return list(pairwise(points))


def _turn(p: Point, q: Point, r: Point) -> float:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def _meet(p: Point, q: Point, r: Point, s: Point) -> bool:
    """Whether two stretches have a point in common, ends included."""
    one, two, three, four = _turn(p, q, r), _turn(p, q, s), _turn(r, s, p), _turn(r, s, q)
    if one * two < 0 and three * four < 0:
        return True
    return any(
        turn == 0 and min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
        for turn, a, b, c in ((one, p, q, r), (two, p, q, s), (three, r, s, p), (four, r, s, q))
    )


def _edges_cross(a: list[Point], b: list[Point]) -> bool:
    """Whether two outlines cross, and do not merely touch."""
    return any(
        _turn(p, q, r) * _turn(p, q, s) < 0 and _turn(r, s, p) * _turn(r, s, q) < 0
        for p, q in _edges(a)
        for r, s in _edges(b)
    )


def _inside(point: Point, ring: list[Point]) -> bool:
    """Whether a point lies in a ring or on it."""
    if any(_meet(point, point, r, s) for r, s in _edges(ring)):
        return True
    x, y = point
    found = False
    for (ax, ay), (bx, by) in _edges(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            found = not found
    return found


def _vincenty(a: Point, b: Point) -> float:
    """Vincenty's inverse formula (Survey Review XXIII, 176, 1975)."""
    polar = EQUATOR * (1 - FLATTENING)
    east = math.radians(b[0] - a[0])
    u1, u2 = (math.atan((1 - FLATTENING) * math.tan(math.radians(each[1]))) for each in (a, b))
    s1, c1, s2, c2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    way = east
    for _ in range(200):
        sl, cl = math.sin(way), math.cos(way)
        sine = math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl)
        if sine == 0:
            return 0.0
        cosine = s1 * s2 + c1 * c2 * cl
        arc = math.atan2(sine, cosine)
        azimuth = c1 * c2 * sl / sine
        square = 1 - azimuth**2
        middle = cosine - 2 * s1 * s2 / square if square else 0.0
        c = FLATTENING / 16 * square * (4 + FLATTENING * (4 - 3 * square))
        swing = arc + c * sine * (middle + c * cosine * (-1 + 2 * middle**2))
        before, way = way, east + (1 - c) * FLATTENING * azimuth * swing
        if abs(way - before) < 1e-12:
            break
    u = square * (EQUATOR**2 - polar**2) / polar**2
    big = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)))
    small = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)))
    inner = cosine * (-1 + 2 * middle**2) - small / 6 * middle * (-3 + 4 * sine**2) * (-3 + 4 * middle**2)
    return polar * big * (arc - small * sine * (middle + small / 4 * inner))
