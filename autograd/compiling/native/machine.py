"""LLVM's own language, one method per instruction: `loops.py` writes it, `native.py` compiles it.

A `Function` collects the text of one function.  A whole number is a Python int, or the name of an
i64; a `Number` is a double, or a vector of them, with operators.  Variables live in memory here:
LLVM's first pass puts them into registers.
"""

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Whole = int | str
FAST = "contract"  # x * y + z may be rounded once


class Number:
    """A double (or vector, or truth value) of a function; operators write its instructions."""

    __slots__ = ("code", "literal", "name", "type")

    def __init__(self, code: "Function", name: str, type: str = "double") -> None:
        self.code = code
        self.name = name
        self.type = type
        self.literal: float | None = None  # its number, if known

    def __add__(self, other: "Number | float") -> "Number":
        return self.code.binary("fadd", self, other)

    def __sub__(self, other: "Number | float") -> "Number":
        return self.code.binary("fsub", self, other)

    def __mul__(self, other: "Number | float") -> "Number":
        return self.code.binary("fmul", self, other)

    def __truediv__(self, other: "Number | float") -> "Number":
        return self.code.binary("fdiv", self, other)

    def __radd__(self, other: float) -> "Number":
        return self.code.number(other) + self

    def __rsub__(self, other: float) -> "Number":
        return self.code.number(other) - self

    def __rmul__(self, other: float) -> "Number":
        return self.code.number(other) * self

    def __rtruediv__(self, other: float) -> "Number":
        return self.code.number(other) / self

    def __neg__(self) -> "Number":
        x = self.code.as_double(self)
        return Number(self.code, self.code.write(f"fneg {x.type} {x.name}"), x.type)

    def is_(self, how: str, other: "Number | float") -> "Number":
        """A comparison: "ogt", "olt", "oge", "ole", "oeq", and "une", which a nan passes."""
        x, y = self.code.as_double(self), self.code.as_double(other)
        return Number(self.code, self.code.write(f"fcmp {how} double {x.name}, {y.name}"), "i1")

    def where(self, x: "Number | float", y: "Number | float") -> "Number":
        """x where this holds, else y."""
        chosen, other = self.code.as_double(x), self.code.as_double(y)
        condition = self if self.type == "i1" else self.is_("une", 0.0)
        text = f"select i1 {condition.name}, double {chosen.name}, double {other.name}"
        return Number(self.code, self.code.write(text))


class Function:
    """The text of one function: straight-line instructions, loops, and memory of doubles."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[str] = []
        self.variables: list[str] = []
        self.pointers: dict[str, None] = {}  # its arguments, in order of first use
        self.declared: dict[str, None] = {}
        self.count = 0

    def text(self, arguments: str, linkage: str = "", attributes: str = "#0") -> str:
        """The definition."""
        end = [] if self.lines and self.lines[-1].startswith("ret ") else ["ret void"]
        body = "\n  ".join([*self.variables, *self.lines, *end])
        return f"define {linkage}void @{self.name}({arguments}) {attributes} {{\n  {body}\n}}\n"

    def fresh(self, stem: str = "t") -> str:
        self.count += 1
        return f"%{stem}{self.count}"

    def write(self, instruction: str) -> str:
        name = self.fresh()
        self.lines.append(f"{name} = {instruction}")
        return name

    # --- numbers --------------------------------------------------------------------------------

    def number(self, x: float, type: str = "double") -> Number:
        literal = f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
        if math.isnan(x):
            literal = "0x7FF8000000000000"
        number = Number(self, literal if type == "double" else f"splat (double {literal})", type)
        number.literal = x
        return number

    def as_double(self, x: "Number | float", type: str = "double") -> Number:
        if not isinstance(x, Number):
            return self.number(float(x), type)
        if x.type == "i1":
            return Number(self, self.write(f"uitofp i1 {x.name} to double"))
        return x

    def binary(self, how: str, x: Any, y: Any, flags: str = FAST) -> Number:
        x = self.as_double(x)
        y = self.as_double(y, x.type)
        return Number(self, self.write(f"{how} {flags} {x.type} {x.name}, {y.name}"), x.type)

    def call(self, function: str, *operands: Number) -> Number:
        """A function of the C library or of LLVM."""
        types = ", ".join(["double"] * len(operands))
        self.declared[f"declare double @{function}({types}) #1"] = None
        names = ", ".join([f"double {self.as_double(x).name}" for x in operands])
        return Number(self, self.write(f"call double @{function}({names})"))

    def call_python(self, which: int, operands: list[Number]) -> Number:
        """One of the functions whose addresses the program is given; takes about a microsecond."""
        place = self.address(self.given("functions"), which, "ptr")
        function = self.write(f"load ptr, ptr {place}")
        arguments = ", ".join([f"double {self.as_double(x).name}" for x in operands])
        return Number(self, self.write(f"call double {function}({arguments})"))

    def bits(self, x: Number) -> str:
        return self.write(f"bitcast double {x.name} to i64")

    def from_bits(self, bits: str) -> Number:
        return Number(self, self.write(f"bitcast i64 {bits} to double"))

    def to_double(self, n: Whole) -> Number:
        return Number(self, self.write(f"sitofp i64 {n} to double"))

    def to_whole(self, x: Number) -> str:
        return self.write(f"fptosi double {x.name} to i64")

    # --- whole numbers --------------------------------------------------------------------------

    def add(self, *terms: Whole) -> Whole:
        total: Whole = sum([term for term in terms if isinstance(term, int)])
        for term in terms:
            if isinstance(term, str):
                total = term if total == 0 else self.write(f"add nsw i64 {term}, {total}")
        return total

    def mul(self, x: Whole, y: Whole) -> Whole:
        if isinstance(x, int) and isinstance(y, int):
            return x * y
        if 0 in (x, y):
            return 0
        if x == 1 or y == 1:
            return y if x == 1 else x
        return self.write(f"mul nsw i64 {x}, {y}")

    def divide(self, x: Whole, y: int, how: str = "udiv") -> Whole:
        """x // y, or with "urem" x % y, of nonnegative numbers."""
        if isinstance(x, int):
            return x // y if how == "udiv" else x % y
        return self.write(f"{how} i64 {x}, {y}")

    def smaller(self, x: Whole, y: Whole) -> str:
        is_less = self.write(f"icmp slt i64 {x}, {y}")
        return self.write(f"select i1 {is_less}, i64 {x}, i64 {y}")

    # --- memory and loops -----------------------------------------------------------------------

    def given(self, name: str) -> str:
        """A pointer that the function gets as an argument."""
        self.pointers[name] = None
        return f"%{name}"

    def address(self, base: str, offset: Whole, of: str = "double") -> str:
        return self.write(f"getelementptr inbounds {of}, ptr {base}, i64 {offset}")

    def load(self, base: str, offset: Whole, type: str = "double") -> Number:
        place = self.address(base, offset)
        return Number(self, self.write(f"load {type}, ptr {place}, align 8"), type)

    def load_whole(self, base: str, offset: Whole) -> str:
        return self.write(f"load i64, ptr {self.address(base, offset, 'i64')}, align 8")

    def store(self, x: Number | float, base: str, offset: Whole) -> None:
        x = self.as_double(x)
        place = self.address(base, offset)
        self.lines.append(f"store {x.type} {x.name}, ptr {place}, align 8")

    def clear(self, base: str, offset: Whole, numbers: Whole) -> None:
        """Zeros from that place on."""
        place, size = self.address(base, offset), self.mul(numbers, 8)
        self.declared["declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"] = None
        self.lines.append(f"call void @llvm.memset.p0.i64(ptr {place}, i8 0, i64 {size}, i1 false)")

    def variable(self, start: Number) -> str:
        name = self.fresh("v")
        self.variables.append(f"{name} = alloca {start.type}")
        self.set(name, start)
        return name

    def get(self, variable: str, type: str = "double") -> Number:
        return Number(self, self.write(f"load {type}, ptr {variable}"), type)

    def set(self, variable: str, x: Number) -> None:
        self.lines.append(f"store {x.type} {x.name}, ptr {variable}")

    @contextmanager
    def loop(self, stop: Whole, start: Whole = 0, step: Whole = 1) -> Iterator[Whole]:
        """for i in range(start, stop, step); a loop of one iteration is not emitted."""
        is_known = isinstance(start, int) and isinstance(step, int)
        if is_known and stop == start + step:  # type: ignore[operator]
            yield start
            return
        place, (head, body, done) = self.fresh("i"), [self.fresh("l") for _ in range(3)]
        self.variables.append(f"{place} = alloca i64")
        self.lines += [f"store i64 {start}, ptr {place}", f"br label {head}", f"{head[1:]}:"]
        i = self.write(f"load i64, ptr {place}")
        goes_on = self.write(f"icmp slt i64 {i}, {stop}")
        self.lines += [f"br i1 {goes_on}, label {body}, label {done}", f"{body[1:]}:"]
        yield i
        following = self.write(f"add nuw nsw i64 {i}, {step}")
        self.lines += [f"store i64 {following}, ptr {place}", f"br label {head}", f"{done[1:]}:"]
