"""This computer's processor, and LLVM's compiler for it.

LLVM comes with the package llvmlite, which is little more than a way to call it.  Its output is
cached on disk (`cache.py`), named by a hash of the program's text and of the processor, so that the
next run of the same program compiles nothing.
"""

import ctypes
import ctypes.util
import functools
import hashlib
import os
from pathlib import Path
from typing import Any

from autograd.compiling.native import cache
from autograd.compiling.native.scalars import C_NAMES
from autograd.extras import missing


@functools.cache
def this_processor() -> "Processor":
    """The processor of this process, made once."""
    return Processor()


class Processor:
    """This computer's processor, and LLVM's compiler for it."""

    def __init__(self) -> None:
        try:
            import llvmlite
            import llvmlite.binding as llvm
        except ImportError:
            raise ImportError(missing("the native backend", "llvmlite", extra="native")) from None
        self.llvm = llvm
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        _offer_library(llvm)
        name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features()
        has_512 = features.get("avx512f", False)
        self.lanes = 8 if has_512 else 4
        width = ' "prefer-vector-width"="512"' if has_512 else ""
        self.attributes = (
            f"attributes #0 = {{ nounwind{width} }}\n"
            "attributes #1 = { nounwind willreturn memory(none) }\n"
        )
        self.triple = llvm.get_process_triple() + ("-elf" if os.name == "nt" else "")
        self.target = llvm.Target.from_triple(self.triple)
        self.options = {
            "cpu": name, "features": features.flatten(), "opt": 3, "reloc": "pic",
            "codemodel": "default",
        }  # fmt: skip
        recipe = Path(__file__).read_text(encoding="utf-8")  # other passes produce other code
        self.key = "\n".join([*map(str, self.options.values()), llvmlite.__version__, recipe])

    def loaded(self, source: str) -> "Code":
        """The machine code of this LLVM text, compiled now or by an earlier process."""
        llvm = self.llvm
        source += self.attributes
        machine = self.target.create_target_machine(**self.options)  # an engine owns its own
        name = hashlib.sha256(f"{source}\n{self.key}".encode()).hexdigest()[:32] + ".o"
        code = cache.kept(name)
        if code is None:
            code = self._compiled(source, machine)
            cache.keep(name, code)
        empty = llvm.parse_assembly("")
        empty.triple = self.triple
        engine = llvm.create_mcjit_compiler(empty, machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return Code(engine)

    def _compiled(self, source: str, machine: Any) -> bytes:
        llvm = self.llvm
        module = llvm.parse_assembly(source)
        module.triple = self.triple
        module.data_layout = str(machine.target_data)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        options.loop_unrolling = False  # a short loop becomes vectors, not straight lines
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        return bytes(machine.emit_object(module))


class Code:
    """Machine code in memory, for as long as this object lives."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def address(self, name: str) -> int:
        place: int = self.engine.get_function_address(name)
        return place

    def function(self, name: str, pointers: int, wholes: int) -> Any:
        """The code as a Python function of the given numbers of addresses and integers."""
        types = [ctypes.c_void_p] * pointers + [ctypes.c_int64] * wholes
        return ctypes.CFUNCTYPE(None, *types)(self.address(name))

    def __reduce__(self) -> Any:
        raise TypeError("machine code cannot be copied or pickled: compile the graph again")


def _offer_library(llvm: Any) -> None:
    """Make the C library's functions known to LLVM where it does not find them on its own."""
    library = ctypes.CDLL(ctypes.util.find_library("m") or "ucrtbase")
    for name in ("memset", "memcpy", *C_NAMES):
        if llvm.address_of_symbol(name) is None and hasattr(library, name):
            llvm.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
