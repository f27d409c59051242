"""ZeroMQ on trio: the wires between nodes. Nothing outside this folder imports pyzmq.

    site                          office
    ----                          ------
    DEALER  -- links ----------->  ROUTER     link frames, both ways
    PUB     -- readings -------->  SUB        readings, newest wins, may be lost
    DEALER  -- watchers -------->  ROUTER     last values of the topics asked for, then changes

Sites connect (they are behind NAT), the office binds. Every message is ``[node or topic, HEADER, body]``; all
else is counted and dropped. Sending never waits: what finds no room or no peer is counted and lost, and the
link above says it again. One task at a time may receive on each wire; any task may send.

With keys (``keys.py``) every wire is CURVE: encrypted, the office known by its public key, and each peer
admitted by ``doorkeeper.py`` only if ``runtime.roster`` has its key. Without keys everything is loopback.
"""
