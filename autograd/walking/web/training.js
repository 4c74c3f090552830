// A training run: a slider over its recorded steps; each is a frame of numbers for the same graph.
const addTraining = (page) => {
  const { root, part, graph, nodes } = page;
  const frames = graph.frames;
  root.querySelector(".training").hidden = false;
  part("epochs").max = frames.length - 1;
  const losses = frames.map((f) => Number(f.data[graph.output]));
  const [least, most] = span(losses);
  const at = (i) => [
    4 + (192 * i) / Math.max(1, frames.length - 1),
    36 - (32 * (losses[i] - least)) / (most - least || 1),
  ];
  const dot = element("circle", { r: 3 });
  part("curve").append(
    element("polyline", { points: losses.map((_, i) => at(i).join(",")).join(" ") }), dot);
  const epoch = (i) => {
    page.use(frames[i]);
    part("epoch").textContent = page.frame.label;
    part("loss").textContent = `loss ${shown(losses[i])}`;
    part("epochs").setAttribute("aria-valuetext", `training step ${page.frame.label}`);
    dot.setAttribute("cx", at(i)[0]);
    dot.setAttribute("cy", at(i)[1]);
    const last = new Map(page.tape.steps.map((s) => [s.operand, s.after]));
    part("weights").replaceChildren();
    for (const cells of [["", "weight", "gradient"],
      ...graph.parameters.map((p) => [nodes[p].name, shown(Number(page.frame.data[p])), shown(last.get(p) ?? 0)])]) {
      const row = part("weights").insertRow();
      for (const cell of cells) row.insertCell().textContent = cell;
    }
    page.goto(page.place, false);
  };
  part("epochs").addEventListener("input", (event) => epoch(Number(event.target.value)));
  epoch(0);
};
