"""Atomic file writes: the old content or the new, never part of either.

Everything that writes a file for the user does it here: models, pages, pictures, sources.
"""

import contextlib
import errno
import os
import stat

NEW_FILE = 0o666  # minus the umask, as for every file that `open` creates


def write_whole(path: str | bytes | os.PathLike[str], data: str | bytes) -> None:
    """Write `data` (text as UTF-8) to the file at `path`, replacing it in one step.

    The content is written to a new file in the same folder, flushed to disk, and renamed.  Readers
    see the old file or the new one, however many threads and processes write; a full disk or a
    killed program leaves the old file as it was (and, if killed, a stray `.*.part` beside it).
    A link stays a link: its target is replaced, and keeps its permissions.

    Raises an OSError that names `path` when the file cannot be written or is not a regular file;
    UnicodeEncodeError for text with a lone surrogate.  Either way the old file is untouched.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    path = os.fsdecode(path)
    try:
        target = os.path.realpath(path)
        _replace(target, content, _mode(target))
    except OSError as error:
        # name the user's path, not the temporary file; the error number chooses the subclass
        raise OSError(error.errno, error.strerror, path) from error


def _mode(target: str) -> int | None:
    """The permissions of the existing file, if there is one."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(
            errno.EISDIR, "this is a folder; give the name of a file in it", target
        )
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is not a regular file, so it cannot be replaced", target)
    return stat.S_IMODE(mode)


def _replace(target: str, content: bytes, mode: int | None) -> None:
    # The name is short, so that the longest names work, and cannot be guessed, so that nobody can
    # plant a link there; "x" refuses an existing file.
    beside = os.path.join(os.path.dirname(target), f".{os.urandom(8).hex()}.part")

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, NEW_FILE if mode is None else mode)

    try:
        with open(beside, "xb", opener=opener) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(beside, mode)  # including what the umask removed
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
