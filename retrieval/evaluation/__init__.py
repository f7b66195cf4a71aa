"""Quality, measured by commands: each function gives figures that can be written as JSON."""
