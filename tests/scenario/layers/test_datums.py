"""Offset datums of Chinese map services."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.scenario.layers.datums import gcj02_to_bd09, to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

inside = st.tuples(st.floats(74, 134), st.floats(4, 53))


def test_known_offsets() -> None:
    """Tiananmen as published: WGS84 116.404, 39.915 in GCJ-02 and BD-09."""
    lon, lat = np.array([116.404]), np.array([39.915])
    assert np.allclose(wgs84_to_gcj02(lon, lat), [[116.41024449916938], [39.91640428150164]])
    bd = gcj02_to_bd09(np.array([116.404]), np.array([39.915]))
    assert np.allclose(bd, [[116.41036949371029], [39.92133699351021]], atol=1e-9)


@given(inside)
def test_inverses_are_exact_to_a_tenth_of_a_millimetre(place: tuple[float, float]) -> None:
    """There and back again, anywhere in China."""
    lon, lat = np.array([place[0]]), np.array([place[1]])
    for datum, forward in (("GCJ02", wgs84_to_gcj02), ("BD09", wgs84_to_bd09)):
        back = to_wgs84(*forward(lon, lat), datum)
        assert np.allclose(back, [lon, lat], rtol=0, atol=1e-9)


@given(inside)
def test_the_offset_is_some_hundred_metres(place: tuple[float, float]) -> None:
    """Large enough to matter for a walk, never a kilometre."""
    lon, lat = np.array([place[0]]), np.array([place[1]])
    east, north = wgs84_to_gcj02(lon, lat)
    metres = np.hypot((east - lon) * np.cos(np.radians(lat)), north - lat) * 111_320
    assert 1 < metres[0] < 1000


def test_nothing_moves_outside_china() -> None:
    """GCJ-02 equals WGS84 in Helsinki."""
    lon, lat = np.array([24.94]), np.array([60.17])
    assert np.array_equal(to_wgs84(lon, lat, "GCJ02"), [lon, lat])


def test_no_places() -> None:
    """An empty layer has no offset."""
    assert len(to_wgs84(np.zeros(0), np.zeros(0), "BD09")[0]) == 0
