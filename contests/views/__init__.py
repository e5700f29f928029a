"""What browsers reach of the contests room."""
