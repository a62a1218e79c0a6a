"""What must fit together across keys and layers; every fault is told at once."""
