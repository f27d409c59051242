"""How far the simulator is from what was recorded and from what can be calculated."""
