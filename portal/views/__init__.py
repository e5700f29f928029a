"""What people see that spans rooms, a module a kind of page."""
