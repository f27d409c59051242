"""Room kept for the worst day: a file that takes up disk until the disk is full, and then gives way.

What it frees is enough to finish what was begun and to say so.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from runtime.errors import LedgerError

BALLAST_BYTES = 4 << 20
"""Four times what open batches and a snapshot part need; the write-ahead log has 4 MB of its own."""


class Ballast:
    """A file beside a journal.

    Args:
        path: the file.
        size_bytes: how much room it holds.
    """

    def __init__(self, path: Path, size_bytes: int = BALLAST_BYTES) -> None:
        self._path = path
        self._size = size_bytes

    def hold(self) -> bool:
        """Take up the room, if it is not taken up yet; return whether the disk has it, and as much again.

        Raises LedgerError when the disk fails in another way.
        """
        try:
            held = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if os.fstat(held).st_blocks * 512 < self._size:
                    os.posix_fallocate(held, 0, self._size)
                left = os.fstatvfs(held)
            finally:
                os.close(held)
            if left.f_bavail * left.f_frsize < self._size:
                self.release()
                return False
        except OSError as error:
            self.release()
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                return False
            raise LedgerError(f"ballast {self._path}: {error.strerror}") from error
        return True

    def release(self) -> bool:
        """Give the room back; return whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
