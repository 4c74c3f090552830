// What the current step says: the rule, the product, the sum, and the line that built the node.
const addEquation = (page) => {
  const { graph, nodes, texts, part } = page;
  page.shows.push((step) => {
    if (!step) {
      part("where").textContent = "The start";
      part("equation").textContent = `d ${nodes[graph.output].name} / d itself = 1`;
      part("source").textContent = texts[nodes[graph.output].source];
      return;
    }
    const k = page.tape.steps.indexOf(step), name = nodes[step.operand].name;
    part("where").textContent = `Step ${k + 1}: from ${nodes[step.node].name} to ${name}`;
    const said = [texts[step.formula]];
    for (const text of [page.frame.numbers[k], shown(step.local)])
      if (text !== undefined && !said[said.length - 1].endsWith(`= ${text}`) && said[said.length - 1] !== text)
        said.push(text);
    const product = `${signed(step.local)} · upstream ${signed(step.upstream)}`;
    part("equation").textContent = page.practising()
      ? `${said.join(" = ")};   ${product} = ?`
      : `${said.join(" = ")};   ${product} = ${shown(step.contribution)};   ` +
        `grad of ${name}: ${shown(step.before)} + ${signed(step.contribution)} = ${shown(step.after)}`;
    part("source").textContent = texts[nodes[step.node].source];
  });
};
