"""One city in tiles: each bounded and planned by a process of its own, no larger than a part.

    cut        sites in tiles of about equal work; a point is of the tile of its nearest site
    bound      every tile with its halo (whoever else reaches its points); a small master moves the
               prices of what tiles share until they use what there is
    prove      multipliers of all tiles in one certificate, recomputed tile by tile
    plan       tile after tile against its neighbours' plans, those apart from each other at once
    stitch     the same on other cuts, whose seams run where the last one's tiles were

`docs/mathematics.md` says why the parts' sum is a bound.
"""
