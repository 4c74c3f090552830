// One box, chosen by a click: the whole sum that is its gradient, done and still to come.
const addSum = (page) => {
  const { graph, nodes, part } = page;
  let chosen = null;
  page.choose = (i) => {
    chosen = chosen === i ? null : i;
    part("sum").hidden = chosen === null;
    if (chosen !== null) show();
  };
  page.shows.push(() => {
    if (chosen !== null) show();
  });
  const show = () => {
    const { tape, place } = page;
    const out = nodes[graph.output].name, name = nodes[chosen].name, box = part("sum");
    const line = (text, kind = "") => {
      const made = document.createElement("p");
      made.textContent = text;
      made.className = kind;
      box.append(made);
    };
    box.replaceChildren();
    const mine = tape.steps.map((s, k) => [s, k]).filter(([s]) => s.operand === chosen);
    if (nodes[chosen].kind === "constant") return line(`${name} is a constant: it has no gradient.`);
    if (chosen === graph.output) line(`∂${out}/∂${out} = 1, where the walk begins`);
    if (!mine.length) return;
    const terms = mine.map(([s]) => `∂${out}/∂${nodes[s.node].name} · ∂${nodes[s.node].name}/∂${name}`);
    line(`∂${out}/∂${name} = ${terms.join(" + ")}`);
    const hides = (k) => part("practice").checked && k >= place;
    for (const [s, k] of mine)
      line(
        `through ${nodes[s.node].name} (step ${k + 1}): ${signed(s.upstream)} · ${signed(s.local)} = ` +
          (hides(k) ? "?" : shown(s.contribution)) + (k < place ? "" : "   (still to come)"),
        k < place ? "" : "waiting",
      );
    if (mine.some(([, k]) => hides(k))) return;
    const earlier = tape.begin[chosen] !== 0 && chosen !== graph.output
      ? [`${shown(tape.begin[chosen])} (from before)`] : [];
    const numbers = [...earlier, ...mine.map(([s]) => signed(s.contribution))];
    line(`= ${numbers.join(" + ")} = ${shown(mine[mine.length - 1][0].after)}`);
  };
};
