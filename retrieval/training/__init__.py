"""How our own weights are made. Never imported by the service."""
