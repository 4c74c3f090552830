// The model's answer over the plane of its two inputs, the boundary in it, and the rows of data.
const PLANE = { left: 40, right: 352, top: 8, low: 272 };

// Where the numbers cross 0: marching squares, one straight piece for each pair of crossed sides.
const crossings = (z, n) => {
  const pieces = [];
  for (let row = 0; row < n - 1; row++)
    for (let column = 0; column < n - 1; column++) {
      const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
      const points = [];
      corners.forEach(([a, b], k) => {
        const [c, d] = corners[(k + 1) % 4];
        const from = z[(row + b) * n + column + a], to = z[(row + d) * n + column + c];
        if (from > 0 === to > 0) return;
        const t = from / (from - to);
        points.push([column + a + (c - a) * t, row + b + (d - b) * t]);
      });
      for (let k = 0; k + 1 < points.length; k += 2) pieces.push([points[k], points[k + 1]]);
    }
  return pieces;
};

const addField = (page) => {
  const { part, graph } = page;
  const { inputs, targets, corners, grid, threshold } = graph.training;
  if (!corners) return;
  part("boundary").hidden = false;
  const [[left, low], [right, high]] = corners, svg = part("field");
  const x = (v) => PLANE.left + ((v - left) / (right - left)) * (PLANE.right - PLANE.left);
  const y = (v) => PLANE.low - ((v - low) / (high - low)) * (PLANE.low - PLANE.top);
  const wide = (PLANE.right - PLANE.left) / (grid - 1), tall = (PLANE.low - PLANE.top) / (grid - 1);
  const inside = element("svg", {
    x: PLANE.left, y: PLANE.top, width: PLANE.right - PLANE.left, height: PLANE.low - PLANE.top,
  });
  const cells = [];
  for (let k = 0; k < grid * grid; k++) {
    const column = k % grid, row = Math.floor(k / grid);
    cells.push(inside.appendChild(element("rect", {
      x: (column - 0.5) * wide, y: (grid - 1.5 - row) * tall, width: wide, height: tall,
    })));
  }
  const border = inside.appendChild(element("path", { class: "boundary" }));
  svg.append(inside);
  for (const v of ticksBetween(left, right))
    svg.append(element("text", { x: x(v), y: PLANE.low + 14, "text-anchor": "middle" }, shown(v)));
  for (const v of ticksBetween(low, high))
    svg.append(element("text", { x: PLANE.left - 5, y: y(v) + 4, "text-anchor": "end" }, shown(v)));
  svg.append(element("text", { x: PLANE.right, y: PLANE.low + 27, "text-anchor": "end" }, page.say("input", { k: 1 })));
  svg.append(element("text", { x: 2, y: PLANE.top + 6, class: "up" }, page.say("input", { k: 2 })));
  const above = (number) => Number(number) > threshold;
  inputs.forEach(([a, b], i) => {
    const place = { x: x(Number(a)), y: y(Number(b)) };
    const point = targets && above(targets[i][0])
      ? element("circle", { class: "above", cx: place.x, cy: place.y, r: 4.5 })
      : element("rect", { class: "below", x: place.x - 4, y: place.y - 4, width: 8, height: 8 });
    point.append(element("title", {}, page.say("row", { k: i + 1 })));
    svg.append(point);
  });
  page.turns.push((frame) => {
    const z = frame.field.percent;
    cells.forEach((cell, k) => {
      cell.setAttribute("class", z[k] > 0 ? "above" : "below");
      cell.setAttribute("fill-opacity", (0.08 + 0.006 * Math.abs(z[k])).toFixed(3));
    });
    border.setAttribute("d", crossings(z, grid)
      .map(([a, b]) => "M" + [a, b].map(([u, v]) => `${u * wide} ${(grid - 1 - v) * tall}`).join("L")).join(""));
    const right = targets
      ? targets.filter((t, i) => above(t[0]) === above(frame.predictions[i][0])).length : null;
    const said = right === null ? page.say("boundary_is", { threshold: shown(threshold) })
      : page.say("boundary_right", { right, count: inputs.length, threshold: shown(threshold) });
    part("right").textContent = said;
    svg.setAttribute("aria-label", page.say("boundary_at", { step: frame.step, said }));
  });
};
