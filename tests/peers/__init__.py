"""The same work with other people's libraries, for ``hawker bench``: our own code, their public API."""
