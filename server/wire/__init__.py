"""The frames and events of `vitrine.v1`: one model each, no sockets."""

SUBPROTOCOL = "vitrine.v1"
