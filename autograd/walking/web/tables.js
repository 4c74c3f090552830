// Rows of data with their predictions, each layer's gradient as a bar, and the weights.
const addTables = (page) => {
  const { part, graph } = page;
  const { inputs, targets, weights, layers } = graph.training;
  const text = (numbers) => numbers.map((x) => shown(Number(x))).join(", ");

  // A table of text; the cells of the columns in `live` are returned, row by row, to be changed.
  const fill = (table, head, rows, live) => {
    const line = table.createTHead().insertRow();
    for (const title of head) {
      const cell = line.appendChild(document.createElement(title ? "th" : "td"));
      if (!title) continue;
      cell.scope = "col";
      cell.textContent = page.say(`column_${title}`);
    }
    const body = table.createTBody();
    return rows.map((cells) => {
      const row = body.insertRow();
      const made = cells.map((content, k) => {
        const cell = row.appendChild(document.createElement(k ? "td" : "th"));
        if (!k) cell.scope = "row";
        cell.textContent = content;
        return cell;
      });
      return live.map((k) => made[k]);
    });
  };

  if (inputs) {
    part("examples").hidden = false;
    const head = ["row", "inputs", ...(targets ? ["target"] : []), "prediction"];
    const rows = inputs.map((x, i) => [page.say("row", { k: i + 1 }), text(x), ...(targets ? [text(targets[i])] : []), ""]);
    const cells = fill(part("rows"), head, rows, [head.length - 1]);
    page.turns.push((frame) => cells.forEach(([cell], i) => (cell.textContent = text(frame.predictions[i]))));
  }

  const norms = graph.frames.flatMap((f) => f.norms.map(Number)).filter((x) => x > 0 && Number.isFinite(x));
  const [least, most] = norms.length ? span(norms).map(Math.log10) : [0, 1];
  const shortest = Math.min(least, most - 3);  // of which there is next to no bar
  const bars = fill(part("norms"), ["layer", "gradient", ""], layers.map((name) => [name, "", ""]), [1, 2]);
  for (const [, cell] of bars) cell.append(document.createElement("i"));
  page.turns.push((frame) => bars.forEach(([said, cell], i) => {
    const norm = Number(frame.norms[i]);
    const part = (Math.log10(norm) - shortest) / (most - shortest);
    said.textContent = shown(norm);
    cell.firstChild.style.width = `${norm > 0 ? 2 + 98 * Math.min(1, part) : 0}%`;
  }));

  let layer = "";
  const names = weights.map(([name, its]) => {
    const head = its === layer ? "" : its;
    layer = its;
    return [name, head, "", ""];
  });
  const cells = fill(part("weights"), ["weight", "layer", "value", "gradient"], names, [2, 3]);
  page.turns.push((frame) => cells.forEach(([value, slope], i) => {
    value.textContent = shown(Number(frame.weights[i]));
    slope.textContent = shown(Number(frame.slopes[i]));
  }));
};
