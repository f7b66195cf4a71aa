"""One turn of conversation: guard, see, understand, search, act, speak."""
