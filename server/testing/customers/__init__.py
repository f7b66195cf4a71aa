"""Simulated customers: they know things, want things, and answer what the bot asks, over the real socket."""
