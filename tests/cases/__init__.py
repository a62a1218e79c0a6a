"""Small inputs as people keep them, each one of a kind: what is told of it and what is planned."""
