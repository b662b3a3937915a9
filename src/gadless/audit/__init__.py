"""A results folder, asked about itself: whether it still is what was made, and what may go."""
