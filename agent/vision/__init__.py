"""What a photo shows: the roles, our own describer, and the reader of printed words."""
