"""What the shop allows, as tables that the shop itself edits."""
