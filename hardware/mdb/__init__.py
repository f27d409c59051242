"""MDB/ICP: a vending machine's bus of coin changer, bill validator and cashless reader."""
