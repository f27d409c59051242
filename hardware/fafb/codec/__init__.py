"""The "VMC - upper computer" protocol as bytes and values: ``messages`` what is said, ``frame`` how."""
