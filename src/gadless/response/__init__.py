"""From numbers to response categories and endpoints: pure functions over tables."""
