"""Maximum cover of a whole city: multipliers, plan search and certificate."""
