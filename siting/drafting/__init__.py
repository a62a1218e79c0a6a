"""From a city's raw files to a first scenario: what they hold is looked at, guessed and written."""
