"""Faults of what stands between and under nodes: networks and disks. Devices' faults are the devices' own."""
