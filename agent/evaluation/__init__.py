"""Measurements of what the agent reads."""
