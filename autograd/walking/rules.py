"""The local derivative of one edge in its forms: in letters, in numbers, and what it comes to."""

import re
from typing import NamedTuple

from autograd import ops
from autograd.by_hand import ByHand
from autograd.equations import Side, equation_of, is_close, is_same, shown
from autograd.formula import Formula, call_as_text, number_shown, rule_as_formulas
from autograd.formula_text import INFIX
from autograd.value import Value
from autograd.walking.letters import Letters

ORDINALS = ("first", "second", "third")
SIGNS = {*INFIX, ops.neg, ops.sum, ops.dot}  # written with signs, not as name(x)


class Rule(NamedTuple):
    """Each form equals the next; a form that would say nothing new is "".

    `subject`   "d tanh(n)/dn"
    `letters`   "1 - o * o", the table's rule; "" where that is a plain number
    `numbers`   "1 - 0.7071 * 0.7071"; "" where the rule is a single letter or number
    `result`    "0.5"
    `is_exact`  whether `numbers`, worked out with the digits shown, rounds to `result`
    `reason`    "n > 0", if a comparison decided which rule it is
    `legend`    "v4 is ...", where a letter stands for a label that is long or not unique
    """

    subject: str
    letters: str
    numbers: str
    result: str
    is_exact: bool
    reason: str
    legend: str
    letters_are_exact: bool = True  # but for plain numbers in them, of which six digits are shown

    def __str__(self) -> str:
        forms = [form for form in (self.subject, self.letters, self.numbers) if form]
        about = "" if self.is_exact else "about "
        return f"{' = '.join(forms)} = {about}{self.result}{self.because}"

    @property
    def derivative(self) -> str:
        """The rule in letters and its result: "1 - o * o = 0.5", "1 (n > 0)"."""
        about = "" if self.letters_are_exact else "about "
        letters = f"{self.letters} = {about}" if self.letters else ""
        return f"{letters}{self.result}{self.because}"

    @property
    def because(self) -> str:
        """The reason in parentheses, if there is one."""
        return f" ({self.reason})" if self.reason else ""


class Rules:
    """The rules of one node: in letters at once, in numbers at as many digits as one needs."""

    def __init__(self, node: Value, letters: Letters) -> None:
        self.node = node
        self._letters = letters.at(node)
        self._forms = self._run(self._letters.result, self._letters.operands)
        self._in_numbers: dict[int, list[Formula]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rules) and other.node is self.node

    def __hash__(self) -> int:
        return hash(self.node)

    def rule(self, position: int, local: float) -> Rule:
        """The rule for one operand; `local` is the number that the engine multiplies by."""
        subject = self._subject(position)
        result = shown(local)
        legend = self._letters.legend(self._mentioned(subject, position))
        form = self._forms[position] if self._forms else None
        if form is None or form.value is None or not is_close(form.value, local):
            # made by hand, or the numbers have been changed since
            reason = "by hand" if isinstance(self.node.op, ByHand) else ""
            return Rule(subject, "", "", result, True, reason, legend)
        reason = ", ".join(form.reasons)
        if form.is_number:
            return Rule(subject, "", "", result, True, reason, legend)
        comes_to = form.value if form.at_digits is None else form.at_digits
        is_exact = is_same(comes_to, local)
        equation = equation_of(self._numbers_of(position), local)
        if form.kind == "letter" or equation is None:
            return Rule(subject, form.text, "", result, is_exact, reason, legend, is_exact)
        return Rule(
            subject, form.text, equation.left, result, equation.is_exact, reason, legend, is_exact
        )

    def _mentioned(self, subject: str, position: int) -> set[str]:
        """The words of the formula that the reader gets to see."""
        letters = self._forms[position].text if self._forms else ""
        return set(re.findall(r"\w+", f"{subject} {letters}"))

    def _run(self, result: Formula, operands: list[Formula]) -> list[Formula]:
        """The row's rule on these formulas; none, if it is written for numbers alone."""
        assert self.node.op is not None
        try:
            return rule_as_formulas(self.node.op, result, operands)
        except Exception:  # a user's own rule: math.exp, an `if`
            return []

    def _numbers_of(self, position: int) -> Side:
        def left_at(digits: int) -> tuple[str, float | None]:
            if digits not in self._in_numbers:
                self._in_numbers[digits] = self._run(
                    number_shown(self.node.data, digits),
                    [
                        letter if letter.is_number else number_shown(value.data, digits)
                        for value, letter in zip(self.node.operands, self._letters.operands)
                    ],
                )
            form = self._in_numbers[digits][position]
            return form.text, form.at_digits

        return left_at

    def _subject(self, position: int) -> str:
        """ "d(w * x)/dw"; of an operand that is used twice, "d(x * x)/d(first x)"."""
        node, operands = self.node, self._letters.operands
        assert node.op is not None
        call = call_as_text(node.op, operands, position)
        is_sign = node.op in SIGNS
        name = operands[position].text
        same = [k for k, value in enumerate(node.operands) if value is node.operands[position]]
        if len(same) > 1:
            nth = same.index(position)
            name = f"({ORDINALS[nth]} {name})" if nth < len(ORDINALS) else f"({name} no. {nth + 1})"
        by = f"d{name}" if len(same) > 1 or name.isidentifier() else f"d {name}"
        return f"d({call})/{by}" if is_sign else f"d {call}/{by}"
