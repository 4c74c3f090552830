"""A file is replaced whole or not at all."""

import os
import pathlib
import stat
import subprocess
import sys
import threading

import pytest

import nn
from autograd import Value, compile, draw, walk
from autograd.files import write_whole

posix = pytest.mark.skipif(os.name != "posix", reason="links, modes and signals of POSIX")
CONTENTS = [bytes([65 + i]) * 50_000 for i in range(4)]


def everything_in(folder):
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("kind", [str, os.fsencode, pathlib.Path])
@pytest.mark.parametrize("data", ["µ, ∂, \U0001f600\n", b"\x00\xff"], ids=["text", "bytes"])
def test_text_and_bytes_are_written_to_any_kind_of_path(tmp_path, kind, data):
    path = tmp_path / "µ file"
    write_whole(kind(path), data)
    assert path.read_bytes() == (data.encode("utf-8") if isinstance(data, str) else data)
    assert everything_in(tmp_path) == [path.name]


def test_line_feeds_stay_line_feeds(tmp_path):
    write_whole(tmp_path / "a", "1\n2\r\n")
    assert (tmp_path / "a").read_bytes() == b"1\n2\r\n"


def test_a_relative_path_is_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_whole("a", b"1")
    assert everything_in(tmp_path) == ["a"]


def test_readers_see_whole_files_while_threads_write(tmp_path):
    path = tmp_path / "a"
    write_whole(path, CONTENTS[0])
    errors, is_over = [], threading.Event()

    def write(content):
        try:
            for _ in range(40):
                write_whole(path, content)
        except OSError as error:
            errors.append(error)

    def read():
        while not is_over.is_set():
            if path.read_bytes() not in CONTENTS:
                errors.append("a part of a file")

    writers = [threading.Thread(target=write, args=(content,)) for content in CONTENTS]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in writers + readers:
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert everything_in(tmp_path) == ["a"]


WRITE_FOR_EVER = """
import sys
from autograd.files import write_whole
content = sys.argv[2].encode() * 50_000
for _ in range(int(sys.argv[3])):
    write_whole(sys.argv[1], content)
"""


def writing(path, letter, times):
    return subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, path, letter, str(times)])


def test_readers_see_whole_files_while_processes_write(tmp_path):
    path = tmp_path / "a"
    write_whole(path, CONTENTS[0])
    processes = [writing(path, letter, 40) for letter in "ABC"]
    while any(process.poll() is None for process in processes):
        assert path.read_bytes() in CONTENTS
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert everything_in(tmp_path) == ["a"]


@posix
def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a"
    write_whole(path, CONTENTS[0])
    for _ in range(5):
        process = writing(path, "B", 1_000_000)
        while path.read_bytes() == CONTENTS[0]:  # until it writes
            assert process.poll() is None
        process.kill()
        process.wait()
        assert path.read_bytes() == CONTENTS[1]
        write_whole(path, CONTENTS[0])


@posix
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    write_whole(path, "old")
    script = (
        "import resource, sys; from autograd.files import write_whole;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"  # fails in `write`, part way
        "write_whole(sys.argv[1], 'n' * 100_000)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith(f"File too large: {str(path)!r}\n")
    assert path.read_text() == "old"
    assert everything_in(tmp_path) == ["a"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_whatever_fails_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch, moment, failure
):
    write_whole(tmp_path / "a", "old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(os, moment, fail)
    with pytest.raises(type(failure)):
        write_whole(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"
    assert everything_in(tmp_path) == ["a"]


def test_text_that_is_not_unicode_fails_before_anything_is_opened(tmp_path, monkeypatch):
    write_whole(tmp_path / "a", "old")
    monkeypatch.setattr(os, "open", None)
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_text() == "old"


def test_a_name_of_250_characters_works(tmp_path):
    write_whole(tmp_path / ("n" * 250), "1")
    assert everything_in(tmp_path) == ["n" * 250]


@posix
def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "a")
    for content in ("created", "replaced"):
        write_whole(tmp_path / "link", content)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "folder" / "a").read_text() == content
    assert everything_in(tmp_path / "folder") == ["a"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_an_existing_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(mode)
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path, umask):
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "a", "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~umask


@posix
def test_nobody_can_read_meanwhile_what_a_private_file_is_to_hold(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o600)
    seen = []
    real = os.fsync

    def look(descriptor):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_whole(path, "new")
    assert seen == [0o600]


@posix
def test_a_link_planted_at_the_name_beside_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "victim").write_text("precious")
    monkeypatch.setattr(os, "urandom", bytes)  # suppose it was guessed
    (tmp_path / f".{bytes(8).hex()}.part").symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "a", "new")
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="give the name of a file in it"):
        write_whole(tmp_path, "1")


@posix
def test_a_fifo_is_refused(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="not a regular file"):
        write_whole(tmp_path / "fifo", "1")
    assert everything_in(tmp_path) == ["fifo"]


def test_a_missing_folder_is_named_by_the_users_path(tmp_path):
    path = tmp_path / "missing" / "a"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(path, "1")
    assert str(caught.value).endswith(f": {str(path)!r}")


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named_by_the_users_path(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError) as caught:
            write_whole(tmp_path / "a", "1")
    finally:
        tmp_path.chmod(0o700)
    assert str(caught.value).endswith(f": {str(tmp_path / 'a')!r}")


# --- who writes files -----------------------------------------------------------------------------

MODEL = nn.MLP(2, [2, 1], seed=1)
INPUTS = [Value(0.5, "a"), Value(-1.0, "b")]


def recording():
    recording = nn.Recording(MODEL)
    recording.snapshot(0)
    return recording


WRITERS = {
    "a.json": lambda path: nn.save(MODEL, path),
    "b.json": lambda path: draw(MODEL(INPUTS)).render(path),
    "a.svg": lambda path: draw(MODEL(INPUTS)).render(path),
    "a.gv": lambda path: draw(MODEL(INPUTS)).render(path),
    "a.html": lambda path: walk(MODEL(INPUTS)).page(path),
    "a.py": lambda path: compile(MODEL(INPUTS), INPUTS).export(path),
    "a.safetensors": lambda path: nn.save_safetensors(MODEL, path),
    "a.onnx": lambda path: compile(MODEL(INPUTS), INPUTS).to_onnx(path),
    "a.png": lambda path: nn.plot_losses([2.0, 1.0], path),
    "a.gif": lambda path: nn.animate_boundary(recording(), [[0.0, 1.0]], [1], path, resolution=3),
    "b.html": lambda path: nn.animate_boundary(recording(), [[0.0, 1.0]], [1], path, resolution=3),
}
NEEDS = {
    "a.safetensors": "safetensors", "a.onnx": "onnx", "a.png": "matplotlib",
    "a.gif": "matplotlib", "b.html": "matplotlib", "a.svg": "graphviz", "a.py": "numpy",
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_whoever_writes_a_file_for_the_user_writes_it_whole(name, tmp_path, monkeypatch):
    pytest.importorskip(NEEDS.get(name, "json"), reason="what is written needs it")
    path = tmp_path / name
    WRITERS[name](path)
    assert path.stat().st_size > 0 and everything_in(tmp_path) == [name]
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        WRITERS[name](path)
    assert path.read_bytes() == b"old" and everything_in(tmp_path) == [name]
