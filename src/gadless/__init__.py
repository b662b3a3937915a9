"""Gadless: would the trial have concluded the same without gadolinium?"""

__version__ = "0.1.0"
