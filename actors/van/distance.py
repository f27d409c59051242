"""Pure geography: metres between two places, seconds to drive them, and where a van is in between."""

from __future__ import annotations

import math

EARTH_RADIUS_M = 6_371_009
"""Mean radius of WGS-84 (IUGG)."""

DETOUR = 1.3
"""Road metres for each metre of great circle, the usual circuity factor of a city's streets."""

Position = tuple[int, int]
"""Latitude and longitude in millionths of a degree; (0, 0) when nobody recorded it."""

UNKNOWN: Position = (0, 0)


def great_circle_m(a: Position, b: Position) -> float:
    """Metres along the great circle (haversine)."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(e6 / 1_000_000) for e6 in (*a, *b))
    h = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def road_m(a: Position, b: Position) -> int:
    """Whole metres to drive; 0 when either place is unknown, so that nothing is made up."""
    return 0 if UNKNOWN in (a, b) else round(DETOUR * great_circle_m(a, b))


def drive_us(distance_m: int, speed_kmh: int) -> int:
    """Microseconds to drive so far."""
    return distance_m * 3_600_000 // speed_kmh


def between(a: Position, b: Position, part: float) -> Position:
    """Where one is after this part (0 to 1) of the way: on a straight line, near enough within a city."""
    part = min(1.0, max(0.0, part))
    return a[0] + round((b[0] - a[0]) * part), a[1] + round((b[1] - a[1]) * part)
