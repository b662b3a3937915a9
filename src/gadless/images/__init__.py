"""One exam from the scanner to the common space."""
