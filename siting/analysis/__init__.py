"""Studies and figures upon solved or unsolved problems; nothing of report or commands."""
