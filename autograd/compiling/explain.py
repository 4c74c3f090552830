"""The story of a compilation, as a table."""

from collections import Counter


def explanation(sizes: tuple[int, int], source: str, products: list[str]) -> str:
    """Scalar nodes -> after fusion -> array operations, and each matrix product."""
    scalar, fused = sizes
    functions = source.split("def value_and_gradient")
    lines = [
        ("scalar nodes", f"{scalar:,}"),
        ("after fusion", f"{fused:,}"),
        ("statements forwards", f"{_statements(functions[0]):,}"),
    ]
    if len(functions) > 1:
        lines.append(("statements with gradient", f"{_statements(functions[1]):,}"))
    lines += [(f"matrix product {shape}", str(n)) for shape, n in Counter(products).items()]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {number:>10}" for name, number in lines)


def _statements(source: str) -> int:
    return sum(1 for line in source.splitlines() if line.startswith("    ") and " = " in line)
