"""Real debuggers on the backward pass: pdb over a terminal, debugpy over its protocol."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import autograd.backward
from autograd import Value, breakpoints, stop_when

PROGRAM = """\
from autograd import Value, breakpoints, stop_when
x = Value(2.0, label="x")
w = Value(-3.0, label="w")
o = (x * w).tanh() + (w * 1000.0).relu() * 1e300 * 1e300
{stop}
print("through", w.grad)
"""


def program(tmp_path, stop):
    path = tmp_path / "lesson.py"
    path.write_text(PROGRAM.format(stop=stop))
    return path


@pytest.fixture
def session(tmp_path):
    pexpect = pytest.importorskip("pexpect", reason="drives a real terminal")

    def start(stop, **environment):
        usual = {k: v for k, v in os.environ.items() if k != "PYTHONBREAKPOINT"}
        return pexpect.spawn(
            sys.executable,
            [str(program(tmp_path, stop))],
            env={**usual, "TERM": "dumb", **environment},
            encoding="utf-8",
            timeout=20,
        )

    return start


def ask(child, command, answer):
    child.expect_exact("(Pdb) ")
    child.sendline(command)
    child.expect_exact(answer)


def test_a_value_stops_pdb_at_its_turn_and_a_step_shows_every_name(session):
    child = session("o.operands[0].breakpoint(); o.backward()")
    ask(child, "p node", "op=tanh")
    child.expect_exact("(Pdb) ")
    for _ in range(12):  # to the call, into it, and past the contribution
        child.sendline("s")
        child.expect_exact("(Pdb) ")
        if "-> operand.grad += contribution" in child.before:
            break
    child.sendline("p node, operand, local, upstream, contribution")
    child.expect_exact("op=tanh), Value(data=-6.0, grad=0.0, op=mul), ")
    ask(child, "c", "through")


def test_a_condition_decides(session):
    child = session("w.breakpoint(lambda v: v.grad > 1e9); o.backward()")
    child.expect_exact("through")
    child = session("x.breakpoint(lambda v: v.grad < 0); o.backward()")
    ask(child, "p node", "label='x'")


@pytest.mark.parametrize(
    "what, seen",
    [
        ("label='w'", "label='w'"),
        ("above=1e200", "op=mul)"),
        ("above=2e300", "grad=inf"),
        ("zero=True", "grad=0.0"),
        ("inf=True", "grad=inf"),
        ("nan=True", "grad=nan"),
    ],
)
def test_stop_when_a_label_or_a_gradient(session, what, seen):
    output = {"nan": "o * 0.0 * float('inf')", "zero": "w.relu() + x"}.get(what[:-5], "o")
    child = session(f"with stop_when({what}):\n    ({output}).backward()")
    ask(child, "p node", seen)


def test_pythonbreakpoint_is_honoured(session):
    session("w.breakpoint(); o.backward()", PYTHONBREAKPOINT="0").expect_exact("through")
    child = session("w.breakpoint(); o.backward()", PYTHONBREAKPOINT="builtins.print")
    child.expect_exact("through")


def test_ipythons_debugger_opens_when_it_is_chosen(session):
    pytest.importorskip("IPython", reason="IPython's debugger")
    debugger = "IPython.core.debugger.set_trace"
    child = session("x.breakpoint(); o.backward()", PYTHONBREAKPOINT=debugger)
    child.expect_exact("ipdb>")
    child.sendline("p node")
    child.expect_exact("label='x'")


def test_without_a_terminal_nothing_stops(tmp_path):
    done = subprocess.run(
        [sys.executable, str(program(tmp_path, "w.breakpoint(); o.backward()"))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "through" in done.stdout and "Pdb" not in done.stdout


def test_a_removed_breakpoint_and_a_left_context_stop_nothing(monkeypatch):
    stopped = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: stopped.append(1))
    x = Value(1.0)
    handle = x.breakpoint()
    (x * x).backward()
    handle.remove()
    with stop_when(zero=True):
        pass
    (x * x).backward()
    assert stopped == [1]


class Client:
    """A debugger's front end, as VS Code is one: the debug adapter protocol over a socket."""

    def __init__(self, port):
        for _ in range(100):
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
                break
            except OSError:
                time.sleep(0.1)
        self.stream = self.socket.makefile("rb")
        self.number = 0

    def send(self, command, **arguments):
        self.number += 1
        message = {"seq": self.number, "type": "request", "command": command}
        body = json.dumps({**message, "arguments": arguments}).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def wait(self, name):
        while True:
            length = 0
            while line := self.stream.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            message = json.loads(self.stream.read(length))
            if name in (message.get("event"), message.get("command")):
                return message.get("body") or {}

    def ask(self, command, **arguments):
        self.send(command, **arguments)
        return self.wait(command)


@pytest.fixture
def debugged(tmp_path):
    """Starts a program under debugpy; gives the front end, and where its output goes."""
    pytest.importorskip("debugpy", reason="VS Code's debugger")
    processes = []
    path = tmp_path / "said.txt"
    said = path.open("w")

    def start(stop, *, just_my_code, breakpoints=(), **environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{port}", "--wait-for-client"]
        process = subprocess.Popen(
            [sys.executable, *listen, str(program(tmp_path, stop))],
            stdout=said,  # a file: the adapter, a process of its own, would hold a pipe open
            stderr=said,
            env={**os.environ, **environment},
        )
        processes.append(process)
        client = Client(port)
        client.ask("initialize", adapterID="debugpy", pathFormat="path")
        client.send("attach", justMyCode=just_my_code)
        client.wait("initialized")
        if breakpoints:
            lines = [{"line": line} for line in breakpoints]
            client.ask("setBreakpoints", source={"path": str(LIBRARY)}, breakpoints=lines)
        client.send("configurationDone")
        return client, path

    yield start
    said.close()
    for process in processes:
        process.kill()
        process.wait()


LIBRARY = Path(autograd.backward.__file__)


def test_debugpy_shows_the_chain_rule_by_name_as_vs_code_would(debugged):
    lines = LIBRARY.read_text(encoding="utf-8").splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "operand.grad += contribution" in text)
    client, _ = debugged("o.backward()", just_my_code=False, breakpoints=[line])
    thread = client.wait("stopped")["threadId"]
    frames = client.ask("stackTrace", threadId=thread)["stackFrames"]
    names = [frame["name"].rpartition(".")[2] for frame in frames]
    assert names[:4] == ["backward_step", "backward", "backward", "<module>"]  # below: runpy's
    scope = client.ask("scopes", frameId=frames[0]["id"])["scopes"][0]
    reference = scope["variablesReference"]
    shown = client.ask("variables", variablesReference=reference)["variables"]
    values = {variable["name"]: variable["value"] for variable in shown}
    assert values["node"].startswith("Value(data=") and "op=add" in values["node"]
    assert "op=tanh" in values["operand"]
    assert [values[n] for n in ("local", "upstream", "contribution")] == ["1.0"] * 3


SKIPPED = "this breakpoint lies in the library"


def test_vs_codes_default_hides_the_stop_and_that_is_said(debugged):
    as_if_installed = {"LIBRARY_ROOTS": str(LIBRARY.parent)}  # pip would put it among libraries
    client, said = debugged("w.breakpoint(); o.backward()", just_my_code=True, **as_if_installed)
    client.wait("process")
    for _ in range(100):
        if SKIPPED in said.read_text():
            break
        time.sleep(0.1)
    assert '"justMyCode": false in .vscode/launch.json' in said.read_text()


def test_without_that_default_it_stops_in_the_library_and_nothing_is_said(debugged):
    as_if_installed = {"LIBRARY_ROOTS": str(LIBRARY.parent)}
    client, said = debugged("w.breakpoint(); o.backward()", just_my_code=False, **as_if_installed)
    thread = client.wait("stopped")["threadId"]
    frame = client.ask("stackTrace", threadId=thread)["stackFrames"][0]
    assert frame["source"]["path"] == str(LIBRARY) and SKIPPED not in said.read_text()


@pytest.mark.parametrize("hides", [True, False])
def test_it_is_said_once(monkeypatch, capsys, hides):
    debugger = SimpleNamespace(
        is_files_filter_enabled=True,
        apply_files_filter=lambda frame, file, force: hides and file == str(LIBRARY),
    )
    pydevd = SimpleNamespace(get_global_debugger=lambda: debugger)
    monkeypatch.setitem(sys.modules, "pydevd", pydevd)
    monkeypatch.setattr(sys, "breakpointhook", lambda: None)
    monkeypatch.setattr(breakpoints, "_said_hidden", False)
    x = Value(1.0)
    x.breakpoint()
    for _ in range(3):
        (x * x).backward()
    assert capsys.readouterr().err.count(SKIPPED) == hides


def test_closed_streams_are_nobody_watching(monkeypatch):
    with open(os.devnull) as closed:
        pass
    monkeypatch.setattr(sys, "stdin", closed)
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    x = Value(1.0)
    x.breakpoint()
    (x * x).backward()
    assert x.grad == 2.0
