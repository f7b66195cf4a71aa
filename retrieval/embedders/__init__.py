"""Encoders of texts and photos; each module here is imported only by those who choose it."""
