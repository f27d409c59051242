"""``python -m console.cli``: the command without its entry point."""

from console.cli import main

main()
