"""What lies in the cache of machine code is executed: only what is certainly ours is read."""

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite", reason="the native backend needs llvmlite")

from autograd import Value, compile
from autograd.compiling.native import cache

POSIX = pytest.mark.skipif(os.name == "nt", reason="owners and modes are POSIX's")
ROOT = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away"
)
NOBODY = 65534


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "stepgrad"


def assert_runs():
    """A program is right, whatever lies in the cache."""
    x, w = Value(1.0, "x"), Value(2.0, "w")
    program = compile(x * w + w, [x], [w], backend="native")
    assert program([[3.0]]).tolist() == [8.0]
    assert program.value_and_grad([[3.0]])[1].tolist() == [4.0]


def objects(folder):
    return sorted(folder.glob("*.o"))


# --- what it is for -------------------------------------------------------------------------------


def test_what_was_kept_comes_back(folder):
    assert cache.kept("a.o") is None
    cache.keep("a.o", b"code")
    assert cache.kept("a.o") == b"code"
    assert cache.kept("b.o") is None
    cache.keep("a.o", b"other")
    assert cache.kept("a.o") == b"other"


def test_a_program_is_compiled_once(folder, monkeypatch):
    assert_runs()
    assert len(objects(folder)) == 2  # its outputs, and its step

    def fail(*arguments):
        raise AssertionError("compiled again")

    monkeypatch.setattr("autograd.compiling.native.processor.Processor._compiled", fail)
    assert_runs()


SCRIPT = """
import autograd.compiling.native.processor as processor
from autograd import Value, compile, tanh
import nn
if {is_second}:
    def fail(*arguments):
        raise AssertionError("compiled again")
    processor.Processor._compiled = fail
x, w = Value(0.5, "x"), [Value(0.1 * i, f"w{{i}}") for i in range(5)]
program = compile(tanh(sum(v * x for v in w)), [x], w, backend="native")
print(program.train([[1.0], [2.0]], nn.SGD(w, lr=0.1), epochs=3))
"""


def started(script, folder):
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "XDG_CACHE_HOME": str(folder.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_second_process_compiles_nothing_also_after_four_at_once(folder):
    first = [started(SCRIPT.format(is_second=False), folder) for _ in range(4)]
    printed = [process.communicate() for process in first]
    assert all(process.returncode == 0 for process in first), printed
    assert len(set(printed)) == 1
    cache.keep("signed.o", b"with the key that won")
    assert cache.kept("signed.o") is not None
    again = started(SCRIPT.format(is_second=False), folder)  # what lost keys had signed
    again.communicate()
    second = started(SCRIPT.format(is_second=True), folder)
    assert second.communicate() == printed[0]


@POSIX
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folder_and_files_are_closed_to_others_whatever_the_umask(umask, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a" / "b"))
    before = os.umask(umask)
    try:
        cache.keep("a.o", b"code")
    finally:
        os.umask(before)
    folder = tmp_path / "a" / "b" / "stepgrad"
    for path in [folder, folder.parent, folder.parent.parent]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert cache.kept("a.o") == b"code"


# --- attacks --------------------------------------------------------------------------------------


def damaged(how, content):
    key_of_another = hashlib.sha256(content[32:]).digest()
    return {
        "empty": b"",
        "half": content[: len(content) // 2],
        "one byte less": content[:-1],
        "one bit": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "a hash without the key": key_of_another + content[32:],
        "no machine code under a hash without the key": hashlib.sha256(b"").digest(),
        "text": b"hello",
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "empty",
        "half",
        "one byte less",
        "one bit",
        "a hash without the key",
        "no machine code under a hash without the key",
        "text",
    ],
)
def test_a_damaged_or_forged_file_is_compiled_again(folder, how):
    assert_runs()
    whole = {path: path.read_bytes() for path in objects(folder)}
    for path, content in whole.items():
        path.write_bytes(damaged(how, content))
        assert cache.kept(path.name) is None
    assert_runs()
    assert [path.read_bytes() for path in whole] == list(whole.values())  # and kept again


def test_one_file_cannot_stand_for_another(folder):
    cache.keep("a.o", b"code")
    (folder / "a.o").rename(folder / "b.o")
    assert cache.kept("b.o") is None


def test_another_key_makes_all_void(folder):
    cache.keep("a.o", b"code")
    (folder / "key").write_bytes(b"k" * 32)
    assert cache.kept("a.o") is None
    (folder / "key").write_bytes(b"short")
    assert cache.kept("a.o") is None
    cache.keep("a.o", b"code")  # with a key that is made again
    assert cache.kept("a.o") == b"code" and len((folder / "key").read_bytes()) == 32


@POSIX
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(folder, mode):
    cache.keep("a.o", b"code")
    folder.chmod(mode)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert cache.kept("a.o") is None
    cache.keep("b.o", b"code")
    assert_runs()
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@POSIX
@pytest.mark.parametrize("name", ["a.o", "key"])
@pytest.mark.parametrize("mode", [0o620, 0o604, 0o666])
def test_a_file_that_is_open_to_others_is_not_used(folder, name, mode):
    cache.keep("a.o", b"code")
    (folder / name).chmod(mode)
    assert cache.kept("a.o") is None


@ROOT
@pytest.mark.parametrize("name", ["a.o", "key", "."])
def test_what_belongs_to_somebody_else_is_not_used(folder, name):
    cache.keep("a.o", b"code")
    os.chown(folder / name, NOBODY, NOBODY)
    assert cache.kept("a.o") is None
    assert_runs()


@POSIX
@pytest.mark.parametrize("name", ["a.o", "key"])
def test_a_link_is_not_followed(folder, tmp_path, name):
    cache.keep("a.o", b"code")
    elsewhere = tmp_path / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)
    assert cache.kept("a.o") is None
    before = elsewhere.read_bytes()
    cache.keep("a.o", b"more")  # replaces the link, and leaves what it led to
    assert elsewhere.read_bytes() == before and cache.kept("a.o") == b"more"


@POSIX
def test_a_folder_that_is_a_link_is_not_used(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    cache.keep("a.o", b"code")
    assert cache.kept("a.o") is None and not list((tmp_path / "elsewhere").iterdir())


@POSIX
@pytest.mark.parametrize("name", ["a.o", "key"])
def test_a_fifo_does_not_block(folder, name):
    cache.keep("a.o", b"code")
    (folder / name).unlink()
    os.mkfifo(folder / name, 0o600)
    assert cache.kept("a.o") is None
    cache.keep("a.o", b"code")
    assert cache.kept("a.o") == b"code"


@pytest.mark.parametrize("name", ["a.o", "key"])
def test_a_folder_in_a_files_place_is_no_error(folder, name):
    cache.keep("a.o", b"code")
    (folder / name).unlink()
    (folder / name).mkdir()
    assert cache.kept("a.o") is None
    cache.keep("a.o", b"code")
    assert not list(folder.glob("tmp*"))
    assert_runs()


# --- where there is no place for it ---------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "relative", "./here", "~/there"])
def test_an_empty_or_relative_variable_is_as_good_as_none(value, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    assert_runs()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert len(objects(tmp_path / "home" / ".cache" / "stepgrad")) == 2


@POSIX
@pytest.mark.parametrize("home", ["", "relative", "/dev/null", None])
def test_without_a_home_there_is_no_cache_and_no_error(home, tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    if home is None:
        monkeypatch.setattr(Path, "home", raises_runtime_error)
    else:
        monkeypatch.setenv("HOME", home)
    assert_runs()
    assert not list(tmp_path.iterdir())


def raises_runtime_error():
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("error", [PermissionError, FileNotFoundError, OSError])
def test_a_folder_that_cannot_be_written_to_is_no_error(folder, error, monkeypatch):
    def fails(*arguments, **options):
        raise error("no")

    monkeypatch.setattr(cache.tempfile, "mkstemp", fails)
    assert_runs()
    assert not objects(folder)


# --- its size -------------------------------------------------------------------------------------


def test_the_least_recently_used_goes_first(folder, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 1000)
    for i in range(4):
        cache.keep(f"{i}.o", b"x" * 200)
        os.utime(folder / f"{i}.o", (i, i))
    assert cache.kept("0.o") is not None  # used just now
    cache.keep("4.o", b"x" * 200)
    assert [path.name for path in objects(folder)] == ["0.o", "3.o", "4.o"]
    assert cache.kept("4.o") is not None  # the key stays


def test_a_file_that_is_too_large_is_not_read(folder, monkeypatch):
    cache.keep("a.o", b"x" * 200)
    monkeypatch.setattr(cache, "LIMIT", 100)
    assert cache.kept("a.o") is None
