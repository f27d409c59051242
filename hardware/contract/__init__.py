"""The messages each class of device accepts and sends. Drivers and simulated devices both keep them."""
