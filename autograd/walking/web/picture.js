// The graph as SVG boxes and edges, which are relit at each step.
const WIDTH = 118, HEIGHT = 54, COLUMN = 172, ROW = 68, MARGIN = 20;

const addPicture = (page) => {
  const { nodes, texts, part } = page;
  const [, deepest] = span(nodes.map((n) => n.column));
  const [top, low] = span(nodes.flatMap((n) => [n.row, ...n.way]));
  const width = 2 * MARGIN + deepest * COLUMN + WIDTH;
  const height = 2 * MARGIN + (low - top) * ROW + HEIGHT;
  const x = (n) => MARGIN + n.column * COLUMN, y = (n) => MARGIN + (n.row - top) * ROW;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "group" });
  const edges = new Map(), boxes = [];
  const fit = () => {
    const room = part("graph").clientWidth || width;
    const scale = Math.min(1.6, Math.max(0.7, room / width));
    svg.setAttribute("width", Math.floor(width * scale));
    svg.setAttribute("height", Math.floor(height * scale));
  };
  for (const [user, operand] of nodes.flatMap((n, i) => n.operands.map((o) => [i, o]))) {
    const key = `${user} ${operand}`;
    if (edges.has(key)) continue;
    const a = nodes[operand], b = nodes[user];
    // through the places that are kept free for it in the columns between
    const stops = [...a.way.slice(0, b.column - a.column - 1), b.row];
    let d = `M${x(a) + WIDTH} ${y(a) + HEIGHT / 2}`, at = y(a) + HEIGHT / 2;
    stops.forEach((row, k) => {
      const left = MARGIN + (a.column + k) * COLUMN + WIDTH, right = left + COLUMN - WIDTH;
      const to = MARGIN + (row - top) * ROW + HEIGHT / 2, half = (left + right) / 2;
      d += `C${half} ${at} ${half} ${to} ${right} ${to}`;
      if (k < stops.length - 1) d += `H${right + WIDTH}`;
      at = to;
    });
    edges.set(key, svg.appendChild(element("path", { d, "data-from": a.kind })));
  }
  nodes.forEach((node, i) => {
    const box = element("g", {
      class: node.kind, transform: `translate(${x(node)} ${y(node)})`,
      "data-node": i, tabindex: 0, role: "button",
    });
    box.append(element("title", {}, node.name + (texts[node.source] ? "\n" + texts[node.source] : "")));
    box.append(element("rect", { width: WIDTH, height: HEIGHT, rx: 7 }));
    box.append(element("text", { class: "name", x: 8, y: 16 }, short(node.name)));
    box.append(element("text", { class: "data", x: 8, y: 32 }));
    box.append(element("text", { class: "grad", x: 8, y: 47 }));
    box.addEventListener("click", () => page.choose(i));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") page.choose(i);
    });
    boxes.push(svg.appendChild(box));
  });
  part("graph").append(svg);
  fit();
  window.addEventListener("resize", fit);

  const follow = (a, b) => {
    const pane = part("graph"), scale = svg.clientWidth / width || 1;
    const middle = ((x(a) + x(b) + WIDTH) / 2) * scale, across = ((y(a) + y(b) + HEIGHT) / 2) * scale;
    pane.scrollTo(middle - pane.clientWidth / 2, across - pane.clientHeight / 2);
  };
  page.shows.push((current) => {
    const reached = new Set([page.graph.output, ...page.tape.steps.slice(0, page.place).map((s) => s.operand)]);
    boxes.forEach((box, i) => {
      const node = nodes[i], data = `data ${shown(Number(page.frame.data[i]))}`;
      const grad = node.kind === "constant" ? "constant" : `grad ${shown(page.gradients[i])}`;
      box.dataset.gradient = String(page.gradients[i]);
      box.querySelector(".data").textContent = data;
      box.querySelector(".grad").textContent = grad;
      box.classList.toggle("reached", reached.has(i));
      box.classList.toggle("lit", !!current && (i === current.node || i === current.operand));
      box.setAttribute("aria-label", `${node.name}, ${data}, ${grad}`);
    });
    edges.forEach((edge, key) => {
      edge.classList.toggle("lit", !!current && key === `${current.node} ${current.operand}`);
    });
    if (current) follow(nodes[current.operand], nodes[current.node]);
  });
};
