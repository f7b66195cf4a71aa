"""Conversations as tests: files that a shop writes (`*.chat.yaml`), run over the real socket."""
