"""p-center: the longest walk by bisection over covers."""
