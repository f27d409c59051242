"""Simulated peripherals: the far end of a wire, at byte level."""
