"""HOSTILE_NAMES: labels, groups and operations' names that no writer may run or choke on."""

SENTINEL = "stepgrad_was_run"  # an attribute of `builtins`, if a payload among the names ran
PAYLOAD = f"__import__('builtins').{SENTINEL} = True"

_ENDS_OF_LINES = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
_CONFUSABLES = ["φ", "ϕ", "ε", "ϵ", "θ", "ϑ", "µ", "μ", "ℓ", "l", "ｎp", "𝐧𝐩", "Ｎone", "ſum", "ﬁ"]
_OF_PYTHON = [
    "lambda", "None", "class", "match", "_", "__debug__", "__builtins__", "__name__", "len", "int",
    "float", "sum", "abs", "slice", "print", "np", "math", "theta", "rows", "batch", "gradient",
    "step", "views", "prepare", "outputs", "value", "ones", "K1", "x", "d_x", "W1", "h1", "INPUTS",
    "erf", "erfc", "gelu", "softmax", "codes", "run", "ERF", "Callable",
]  # fmt: skip

HOSTILE_NAMES = [
    *[f"a{end}{PAYLOAD}{end}#" for end in _ENDS_OF_LINES],
    *[f"a{end}{PAYLOAD}{end}def other(w):{end}    #" for end in _ENDS_OF_LINES],
    f'"\n{PAYLOAD}\n"',
    f'"""\n{PAYLOAD}\n"""',
    f"'''\n{PAYLOAD}\n'''",
    f"'; {PAYLOAD}; '",
    f'"]; {PAYLOAD} #',
    f"\\\n{PAYLOAD}",
    f"{{0}}; {PAYLOAD}",
    "{0}{1}{name}",
    "%s%(name)s",
    "\\",
    "\\N{BULLET}",
    "\\x00",
    "#",
    "# type: ignore",
    "'",
    '"',
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udcff\n",
    "\ufeff",
    "\u202eabc\u202c",
    "\u200b",
    "\x1b]0;owned\x07",
    "\x1b[2J",
    "</script><script>alert(1)</script>",
    "<!--",
    "]]>",
    "&amp;<b>",
    "' onload='alert(1)",
    "%%GRAPH%%",
    "\\l\\n\\G",
    "a, b; c",
    "2x",
    "²",
    "①",
    "٣",
    "x" * 10_000,
    "9" * 10_000,
    "é\u0301\u0302" * 2_000,
    " ",
    "a b-c.d[0]",
    "\u0303",
    "ก\u0e33",
    *_CONFUSABLES,
    *_OF_PYTHON,
]
