"""Faults as a scenario file names them: into devices' troubles, cut links and commands at their time."""
