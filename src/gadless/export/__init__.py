"""What leaves Gadless in somebody's standard."""
