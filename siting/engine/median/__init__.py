"""p-median: Lagrangean bound, interchange and a tree over sites."""
