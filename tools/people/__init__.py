"""The shop's people: when they are there, and what they want to be asked themselves."""
