"""The only package that knows the web: sockets, frames, sessions, event log, uploads, pages, command line."""
