"""The runs of the page: begun, driven, logged, watched, ended; they belong to the server, not to a connection."""
