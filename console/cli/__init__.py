"""The ``hawker`` command: one file a group of commands; ``main.py`` holds the tree of them."""

from console.cli.main import main, run_command

__all__ = ["main", "run_command"]
