"""What the agent may do in the shop: typed records, the Shop port, tool specifications."""
