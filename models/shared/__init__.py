"""What formulations share: rows of the planner's rules, patterns of people, exact figures."""
