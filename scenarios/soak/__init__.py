"""Explores what faults do to a small chain: a seed, a list of faults, a verdict, the same every time."""
