"""Measures the tools against what others have recorded."""
