"""The event log: what happened in each conversation, in order, and the one truth about it."""
