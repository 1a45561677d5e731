"""The outside world, each part behind a small interface. Knows the kernel, never a feature."""
