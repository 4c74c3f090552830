// What the current step says: the rule, the product, the sum, and the line that built the node.
const addEquation = (page) => {
  const { graph, nodes, texts, part } = page;
  const ruleOf = (step) => graph.rules[page.frame.rules[step.k]];
  const rule = (step) => {
    const said = ruleOf(step);
    const forms = [said.subject, said.letters, said.numbers].filter(Boolean).join(" = ");
    return `${forms} ${said.is_exact ? "=" : "≈"} ${shown(step.local)}` +
      (said.reason && ` (${said.reason})`) + (said.legend && page.say("where", { legend: said.legend }));
  };
  const question = (step) => `${ruleOf(step).subject} = ?`;
  const linesOf = (step, asked) => {
    const product = `${signed(step.local)} · ${page.say("upstream")} ${signed(step.upstream)}`;
    const sum = `${page.say("grad_of", { name: nodes[step.operand].name })}: ${shown(step.before)} + ${signed(step.contribution)}`;
    const lines = [rule(step), `${product} ${equal(seen(step.local) * seen(step.upstream), step.contribution)}`,
      `${sum} ${equal(seen(step.before) + seen(step.contribution), step.after)}`];
    if (asked === "local") return [question(step)];
    if (asked === "contribution") return [lines[0], `${product} = ?`];
    if (asked === "sum") return [lines[0], lines[1], `${sum} = ?`];
    return lines;
  };
  const source = (node) => {
    const text = texts[node.source];
    part("source").replaceChildren(
      ...(text ? [node.link ? html("a", { href: node.link }, text) : document.createTextNode(text)] : []));
  };
  page.shows.push((step) => {
    const asked = page.asks();
    const lines = asked === "edge" ? [] : step ? linesOf(step, asked)
      : [page.say("itself")];
    part("where").textContent = asked === "edge" ? page.say("asked_step", { k: page.place + 1 })
      : step ? page.say("step", { k: step.k + 1, node: nodes[step.node].name, name: nodes[step.operand].name })
        : page.say("beginning");
    part("equation").replaceChildren(...lines.flatMap((line) => [html("span", { class: "line" }, line), "\n"]).slice(0, -1));
    source(asked === "edge" ? {} : nodes[step ? step.node : graph.output]);
  });
};
