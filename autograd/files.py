"""Files that are whole: the old content or the new, never a part of either.

Everything that writes a file for the user writes it here: models, pages, pictures, sources.
"""

import contextlib
import errno
import os
import stat

NEW_FILE = 0o666  # less what the umask takes, as for every file that `open` creates


def write_whole(path: str | bytes | os.PathLike[str], data: str | bytes) -> None:
    """Put `data` (text as UTF-8) into the file at `path`, which is replaced in one step.

    The content is written to a new file in the same folder, forced to disk, and renamed.  Whoever
    reads meanwhile sees the old file or the new one, however many threads and processes write; a
    full disk or a killed program leaves the old file as it was (and, if killed, a stray
    `.*.part` beside it).  A link stays a link: the file that it leads to is replaced, and keeps
    its permissions.

    Raises OSError, which names `path`, when the file cannot be written or is no regular file;
    UnicodeEncodeError for text with a lone surrogate.  Either way the old file is untouched.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    path = os.fsdecode(path)
    try:
        target = os.path.realpath(path)
        _replace(target, content, _mode(target))
    except OSError as error:
        # name the user's path, not the file beside it; the error number chooses the subclass
        raise OSError(error.errno, error.strerror, path) from error


def _mode(target: str) -> int | None:
    """The permissions of the file that is there, if one is."""
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
    # The name is short, so that the longest names work, and nobody can guess it and plant a link
    # there; "x" refuses whatever exists.
    beside = os.path.join(os.path.dirname(target), f".{os.urandom(8).hex()}.part")

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, NEW_FILE if mode is None else mode)

    try:
        with open(beside, "xb", opener=opener) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(beside, mode)  # also what the umask took
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
