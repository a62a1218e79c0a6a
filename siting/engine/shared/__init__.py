"""What the methods of the engine share: the instance, its rows, a plan's state, moves, threads."""
