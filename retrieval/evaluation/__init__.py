"""Measures what retrieval finds and how fast; each evaluation gives rows for a table and for JSON."""
