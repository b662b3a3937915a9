"""Generators and segmenter: losses, training, inference, weights."""
