"""What is said on the bus, as a document for programs that are not Hawker: AsyncAPI 3.0 with JSON Schemas.

Everything in it is read from the code that speaks: message classes, link frames, limits, state tables. So it
cannot say anything else than what runs.
"""
