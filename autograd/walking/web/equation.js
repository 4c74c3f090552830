// What the current step says: the rule, the product, the sum, and the line that built the node.
const addEquation = (page) => {
  const { graph, nodes, texts, part } = page;
  const legend = (rule) => (rule.legend ? `, ${page.say("where", { legend: rule.legend })}` : "");
  const told = (step) => {
    const rule = graph.rules[page.frame.rules[step.k]];
    const forms = [rule.subject, rule.letters, rule.numbers].filter(Boolean).join(" = ");
    const reason = rule.reason ? ` (${rule.reason})` : "";
    return `${forms} ${rule.is_exact ? "=" : "≈"} ${shown(step.local)}${reason}${legend(rule)}`;
  };
  const question = (step) => {
    const rule = graph.rules[page.frame.rules[step.k]];
    return `${rule.subject} = ?${legend(rule)}`;
  };
  const linesOf = (step, asked) => {
    const product = `${signed(step.local)} · ${page.say("upstream")} ${signed(step.upstream)}`;
    const sum = `${page.say("grad_of", { name: nodes[step.operand].name })}: ${shown(step.before)} + ${signed(step.contribution)}`;
    const lines = [told(step), `${product} ${equal(seen(step.local) * seen(step.upstream), step.contribution)}`,
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
