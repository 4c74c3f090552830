"""Machine code cached on disk between runs, in a folder of the user's own.

What is read here is executed.  So nothing is used that another user could have written: the folder
and the files must be ours and closed to others, the files regular ones, and each begins with a
digest of its name and content under a secret key (HMAC, RFC 2104) that lies beside them, readable
only by us.  Where that is impossible there is no cache and no error: programs are compiled again.

The folder is `stepgrad` in $XDG_CACHE_HOME, or in ~/.cache.
"""

import contextlib
import hmac
import os
import secrets
import stat
import tempfile
from pathlib import Path

LIMIT = 64 * 2**20  # bytes in all files together; above that the least recently used are deleted
KEY = "key"  # the name of the key file
DIGEST = 32  # bytes of SHA-256, and of the key
HAS_USERS = hasattr(os, "getuid")  # not on Windows, where a profile's folders are its user's alone
OPEN = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # a FIFO must not block us
    OPEN |= getattr(os, _flag, 0)


def kept(name: str) -> bytes | None:
    """The content stored under this name; None if there is none, or none that can be trusted."""
    folder = cache_folder()
    if folder is None or not _is_ours_alone(folder):
        return None
    key, content = _read(folder / KEY), _read(folder / name)
    if key is None or len(key) != DIGEST or content is None:
        return None
    digest, code = content[:DIGEST], content[DIGEST:]
    if not hmac.compare_digest(digest, _digest(key, name, code)):
        return None
    with contextlib.suppress(OSError):
        os.utime(folder / name)  # it has just been used
    return code


def keep(name: str, code: bytes) -> None:
    """Store the content under this name: completely or not at all, and not at all where no safe
    folder is available."""
    folder = cache_folder()
    if folder is None:
        return
    with contextlib.suppress(OSError):
        _make(folder)
        if _is_ours_alone(folder) and (key := _secret(folder)) is not None:
            _write(folder / name, _digest(key, name, code) + code)
            _remove_oldest(folder)


def cache_folder() -> Path | None:
    """The folder; None if there is no place for it.  By the XDG Base Directory Specification an
    empty or relative $XDG_CACHE_HOME counts as unset."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:  # no home folder
            return None
    return base / "stepgrad" if base.is_absolute() else None


# --- whom to trust ----------------------------------------------------------------------------


def _is_ours_alone(folder: Path) -> bool:
    """Whether it is a folder, not a link to one, belongs to us, and nobody else can write to it."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and _is_ours(status, 0o022)


def _is_ours(status: os.stat_result, others: int) -> bool:
    """Whether we own it and others have none of these permissions."""
    return not HAS_USERS or (status.st_uid == os.getuid() and not status.st_mode & others)


def _read(path: Path) -> bytes | None:
    """The content of a regular file that is ours and closed to others."""
    try:
        with open(os.open(path, OPEN), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or not _is_ours(status, 0o077):
                return None
            return file.read() if status.st_size <= LIMIT else None
    except OSError:
        return None


def _digest(key: bytes, name: str, code: bytes) -> bytes:
    """The digest covers the name too, so that one file cannot be passed off as another."""
    return hmac.digest(key, name.encode() + b"\0" + code, "sha256")


def _secret(folder: Path) -> bytes | None:
    """The key, made at random if there is none, which invalidates whatever older keys signed."""
    for _ in range(2):
        key = _read(folder / KEY)
        if key is not None and len(key) == DIGEST:
            return key
        _write(folder / KEY, secrets.token_bytes(DIGEST))
    return None


# --- files ------------------------------------------------------------------------------------


def _make(folder: Path) -> None:
    """Make the folder and those above it, accessible only to us."""
    if not folder.parent.exists():
        _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write a temporary file beside it, then rename: readers see the old file or the new one."""
    place, beside = tempfile.mkstemp(dir=path.parent)
    try:
        with open(place, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _remove_oldest(folder: Path) -> None:
    """Keep the files below LIMIT; a quarter goes at a time, so that this is rarely done."""
    with os.scandir(folder) as entries:
        files = [(e.stat(follow_symlinks=False), e.path) for e in entries if e.name != KEY]
    total = sum(status.st_size for status, _ in files)
    if total <= LIMIT:
        return
    for status, path in sorted(files, key=lambda file: file[0].st_mtime):
        with contextlib.suppress(OSError):
            os.unlink(path)
        total -= status.st_size
        if total <= LIMIT * 3 // 4:
            return
