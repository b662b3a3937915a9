"""What is asked of a trial: each module compares the contrasts in one respect."""
