"""This computer's processor, and LLVM's compiler for it.

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

from autograd.compiling.native.scalars import C_NAMES
from autograd.extras import missing


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
        self.name = llvm.get_host_cpu_name()
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
        source += self.attributes
        features = self.features.flatten()
        recipe = Path(__file__).read_text(encoding="utf-8")  # other passes make other code
        key = "\n".join([source, self.name, features, self.version, recipe])
        path = cache_folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.o"
        triple = llvm.get_process_triple() + ("-elf" if os.name == "nt" else "")
        machine = llvm.Target.from_triple(triple).create_target_machine(
            cpu=self.name, features=features, opt=3, reloc="pic", codemodel="default"
        )
        code = _kept(path)
        if code is None:
            code = self._compiled(source, triple, machine)
            _keep(path, code)
        empty = llvm.parse_assembly("")
        empty.triple = triple
        engine = llvm.create_mcjit_compiler(empty, machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return engine

    def _compiled(self, source: str, triple: str, machine: Any) -> bytes:
        llvm = self.llvm
        module = llvm.parse_assembly(source)
        module.triple = triple
        module.data_layout = str(machine.target_data)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        options.loop_unrolling = False  # a short loop becomes vectors, not straight lines
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        return bytes(machine.emit_object(module))


def _offer_library(llvm: Any) -> None:
    """Make the C library's functions known to LLVM, where it does not find them by itself."""
    library = ctypes.CDLL(ctypes.util.find_library("m") or "ucrtbase")
    for name in ("memset", "memcpy", *C_NAMES):
        if llvm.address_of_symbol(name) is None and hasattr(library, name):
            llvm.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stepgrad"


def _kept(path: Path) -> bytes | None:
    """The code in a file that starts with its hash; None if there is no such file, or half of it:
    LLVM would not survive that."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if hashlib.sha256(code).digest() == digest else None


def _keep(path: Path, code: bytes) -> None:
    """Write it whole or not at all; a folder that cannot be written to is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_bytes(hashlib.sha256(code).digest() + code)
        os.replace(beside, path)
    except OSError:
        pass
