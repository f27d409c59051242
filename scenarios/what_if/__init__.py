"""What if: recorded demand run again with something changed, and both outcomes side by side."""
