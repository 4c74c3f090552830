"""Machine code by LLVM: the loops of `loops.py`, with the training loop around them.

LLVM comes with the package llvmlite, which is no more than a way to call it.  What it made is kept
in the user's cache directory, named by a hash of the program's text and of the processor, so that
the next start of the same program compiles nothing.
"""

import ctypes
import ctypes.util
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from autograd.compiling.arrays import Array as Node
from autograd.compiling.capture import Array
from autograd.compiling.elements import Constants
from autograd.compiling.loops import Loops
from autograd.compiling.native_step import text_of
from autograd.compiling.native_training import KINDS, POINTERS, WHOLES, train_text

BLOCK_NUMBERS = 12_000  # a block of rows keeps about so many numbers: 96 kB, within a core's cache


class Native:
    """The compiled step, outputs and training loop of a program."""

    def __init__(
        self, outputs: list[Node], value: Node | None = None, gradient: Node | None = None
    ) -> None:
        self.target = Target()
        self.constants = Constants()
        texts, declared = [], dict[str, None]()
        self.sizes: dict[str, tuple[int, int]] = {}
        parts: list[tuple[str, dict[str, Node], list[Node]]] = [("outputs", {}, outputs)]
        if value is not None and gradient is not None:
            parts.append(("step", {"value": value, "gradient": gradient}, []))
        for name, results, columns in parts:
            loops = Loops(name, results, columns, self.constants, self.target.lanes)
            texts.append(text_of(loops))
            self.sizes[name] = loops.plan.fixed, loops.plan.per_row
            declared.update(loops.declared)
        if value is not None:
            texts += [train_text(kind, declared) for kind in KINDS]
        self.outputs_of_a_row = len(outputs)
        self.source = "\n".join([*declared, *texts, self.target.attributes])
        self.engine = self.target.loaded(self.source)
        self.doubles = _joined(self.constants.doubles, float)
        self.places = _joined(self.constants.places, np.int64)
        self.callbacks = Callbacks(self.constants.functions)

    # --- calls ------------------------------------------------------------------------------------

    def outputs(self, theta: Array, rows: Array) -> Array:
        """(batch, outputs)"""
        rows = np.ascontiguousarray(rows)
        out = np.empty((len(rows), self.outputs_of_a_row))
        block = self.block("outputs", len(rows))
        pointers = [theta, rows, out, self.work("outputs", block), *self.fixed]
        self.call("outputs", pointers, [len(rows), block])
        return out

    def value_and_gradient(self, theta: Array, rows: Array) -> tuple[float, Array]:
        rows = np.ascontiguousarray(rows)
        value, gradient = np.empty(1), np.empty(len(theta))
        block = self.block("step", len(rows))
        pointers = [theta, rows, value, gradient, self.work("step", block), *self.fixed]
        self.call("step", pointers, [len(rows), block])
        return float(value[0]), gradient

    @property
    def fixed(self) -> list[Array]:
        return [self.doubles, self.places, self.callbacks.table]

    def call(self, name: str, arrays: list[Array], wholes: list[int]) -> None:
        address = self.engine.get_function_address(name)
        types = [ctypes.c_void_p] * len(arrays) + [ctypes.c_int64] * len(wholes)
        function = ctypes.CFUNCTYPE(None, *types)(address)
        function(*[array.ctypes.data for array in arrays], *wholes)
        self.callbacks.raise_what_was_raised()

    def block(self, name: str, rows: int) -> int:
        """How many rows go through the program together."""
        at_once = max(BLOCK_NUMBERS // max(self.sizes[name][1], 1) // 8, 1) * 8
        return min(at_once, -(-max(rows, 1) // 8) * 8)

    def work(self, name: str, block: int) -> Array:
        """Memory that starts on a cache line."""
        fixed, per_row = self.sizes[name]
        memory = np.zeros(fixed + per_row * block + 8)
        return memory[-memory.ctypes.data % 64 // 8 :]


def trained_native(
    native: Native, theta: Array, rows: Array, picks: Array, rule: Any, rates: Array
) -> tuple[Array, Array]:
    """One call of machine code for len(rates) steps: (losses, last gradient); theta moves."""
    gradient, losses = np.zeros(len(theta)), np.empty(len(rates))
    width = picks.shape[1] if picks.size else 0
    batch = np.empty((width, rows.shape[1])) if width else rows
    kind, hyper, first, second = rule.native()
    block = native.block("step", len(batch))
    arrays = {
        "theta": theta, "rows": rows, "picks": np.ascontiguousarray(picks, np.int64),
        "batch": batch, "gradient": gradient, "work": native.work("step", block),
        "doubles": native.doubles, "places": native.places, "functions": native.callbacks.table,
        "rates": rates, "losses": losses, "hyper": hyper, "first": first, "second": second,
        "is_moved": rule.is_moved.astype(float),
    }  # fmt: skip
    wholes = {
        "n": len(batch), "block": block, "width": width, "steps": len(rates),
        "done": rule.steps, "parameters": len(theta), "columns": rows.shape[1],
    }  # fmt: skip
    name = f"train_{KINDS[kind]}"
    native.call(name, [arrays[p] for p in POINTERS], [wholes[w] for w in WHOLES])
    rule.steps += len(rates)
    return losses, gradient


def _joined(arrays: list[Any], dtype: Any) -> Array:
    return np.concatenate([np.ravel(a) for a in arrays] or [np.zeros(1)]).astype(dtype)


class Callbacks:
    """Operations that only Python knows, as functions that machine code can call."""

    def __init__(self, operations: list[Any]) -> None:
        self.raised: BaseException | None = None
        self.functions = [self._function(op.value, op.arity, len(op.sample)) for op in operations]
        addresses = [ctypes.cast(f, ctypes.c_void_p).value for f in self.functions]
        self.table = np.array(addresses or [0], dtype=np.uintp)

    def _function(self, value: Any, arity: int | None, operands: int) -> Any:
        def called(*numbers: float) -> float:
            if self.raised is not None:
                return float("nan")
            try:
                return float(value(*numbers))
            except BaseException as error:  # it cannot pass through machine code
                self.raised = error
                return float("nan")

        count = operands if arity is None else arity
        return ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(called)

    def raise_what_was_raised(self) -> None:
        raised, self.raised = self.raised, None
        if raised is not None:
            raise raised


class Target:
    """This computer's processor, and LLVM's compiler for it."""

    def __init__(self) -> None:
        try:
            import llvmlite
            import llvmlite.binding as llvm
        except ImportError:
            raise ImportError(
                "the native backend needs llvmlite: pip install 'stepgrad[native]'"
            ) from None
        self.llvm = llvm
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        for name in ("memset", "memcpy", "pow"):
            _offer(llvm, name)
        self.processor = llvm.get_host_cpu_name()
        self.features = llvm.get_host_cpu_features()
        has_512 = self.features.get("avx512f", False)
        self.lanes = 8 if has_512 else 4
        width = ' "prefer-vector-width"="512"' if has_512 else ""
        self.attributes = (
            f"attributes #0 = {{ nounwind{width} }}\n"
            "attributes #1 = { nounwind willreturn memory(none) }\n"
        )
        self.version = llvmlite.__version__

    def loaded(self, source: str) -> Any:
        """An engine with the code of this LLVM text, compiled now or by an earlier process."""
        llvm = self.llvm
        features = self.features.flatten()
        key = "\n".join([source, self.processor, features, self.version])
        path = cache_folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.o"
        target = llvm.Target.from_default_triple()
        machine = target.create_target_machine(
            cpu=self.processor, features=features, opt=3, reloc="pic", codemodel="default"
        )
        code = path.read_bytes() if path.exists() else None
        if code is None:
            code = self._compiled(source, machine)
            _keep(path, code)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return engine

    def _compiled(self, source: str, machine: Any) -> bytes:
        llvm = self.llvm
        module = llvm.parse_assembly(source)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        return bytes(machine.emit_object(module))


def _offer(llvm: Any, name: str) -> None:
    """Make a function of the C library known to LLVM, where it does not find it by itself."""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stepgrad"


def _keep(path: Path, code: bytes) -> None:
    """Write it whole or not at all; a folder that cannot be written to is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_bytes(code)
        os.replace(beside, path)
    except OSError:
        pass
