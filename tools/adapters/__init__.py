"""Adapters of the Shop port, one module for each kind of shop."""
