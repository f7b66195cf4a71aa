"""The rules brain: deterministic, needs no model behind an endpoint, and says only words from `prompts/`."""
