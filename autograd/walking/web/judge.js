// Is an answer right?  If not, which mistake gives just this number?  Returns the name of a hint among
// the page's strings, or null for right.
//
// Half a percent: a product of two numbers shown to four digits is off by a tenth of one at most.
const near = (a, b, scale = 0) =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) ||
  Math.abs(a - b) <= 0.005 * Math.abs(b) + 0.001 * scale + 1e-12;

const firstHint = (answer, mistakes) => {
  const found = mistakes.find(([number, , holds = true]) => holds && Number.isFinite(number) && near(answer, number));
  return found ? found[1] : null;
};

const JUDGES = {
  local: (answer, step, operand, node) => near(answer, step.local) ? null : firstHint(answer, [
    [-step.local, "hint_sign"],
    [1 / step.local, "hint_upside_down", step.local !== 0],
    [step.contribution, "hint_already_product"],
    [step.upstream, "hint_is_upstream_not_local"],
    [node, "hint_is_value"],
    [operand, "hint_is_operand"],
  ]) || "hint_local",
  contribution: (answer, step) => near(answer, step.contribution) ? null : firstHint(answer, [
    [-step.contribution, "hint_sign"],
    [step.after, "hint_is_after", step.before !== 0],
    [step.local, "hint_is_local"],
    [step.upstream, "hint_is_upstream"],
    [step.local + step.upstream, "hint_added"],
    [step.upstream / step.local, "hint_divided"],
  ]) || "hint_product",
  sum: (answer, step) => near(answer, step.after, Math.abs(step.before) + Math.abs(step.contribution)) ? null : firstHint(answer, [
    [-step.after, "hint_sign"],
    [step.contribution, "hint_only_new"],
    [step.before, "hint_only_old"],
    [step.before - step.contribution, "hint_subtracted"],
    [step.before * step.contribution, "hint_multiplied"],
  ]) || "hint_sum",
};

// Of an edge: its gradient may be pushed on as soon as nothing is still to arrive at its node.
const judgeEdge = (tape, place, picked) => {
  const next = tape.steps[place];
  if (picked.node === next.node && picked.operand === next.operand) return null;
  if (picked.k < place) return { hint: "hint_edge_done" };
  const waiting = tape.steps.filter((s) => s.k >= place && s.operand === picked.node);
  if (waiting.length) return { hint: "hint_edge_waits", count: waiting.length };
  return { hint: picked.node === next.node ? "hint_edge_operands" : "hint_edge_order", isMild: true };
};
