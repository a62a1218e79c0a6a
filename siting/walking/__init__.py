"""Walking: from a street network to who is within how many decimetres of each place."""

from siting.walking.load import load_network
from siting.walking.network import Network
from siting.walking.search import walk
from siting.walking.snapping import Snapped, snap
from siting.walking.straight import walk_straight, within

__all__ = ["Network", "Snapped", "load_network", "snap", "walk", "walk_straight", "within"]
