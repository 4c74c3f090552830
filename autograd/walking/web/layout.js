// Where boxes stand: columns by depth, rows by the neighbours' average.  As in Graphviz, an edge
// over several columns keeps a place free in each: no box hides it (Gansner, Koutsofios, North and
// Vo, "A technique for drawing directed graphs", 1993).
//
// operands[i]: the boxes that box i is made from.  Returns for each its column, its row, and `way`:
// the row kept free in each column on the way to its last user.  Groups may lead into each other in
// a circle; an edge that closes one is drawn, and does not count here.
const layOut = (operands, output) => {
  const order = depthFirst(operands, output);
  const place = new Map(order.map((i, k) => [i, k]));
  const before = operands.map((list, i) => [...new Set(list)].filter((j) => place.get(j) < place.get(i)));
  const users = operands.map(() => []);
  const columns = operands.map(() => 0);
  for (const i of order) {
    for (const j of before[i]) {
      columns[i] = Math.max(columns[i], columns[j] + 1);
      users[j].push(i);
    }
  }
  for (const i of order) // leaves stand beside their first user
    if (!before[i].length && users[i].length) columns[i] = span(users[i].map((j) => columns[j]))[0] - 1;
  const { left, right, stations } = withStations(users, columns);
  const layers = Array.from({ length: span(columns)[1] + 1 }, () => []);
  for (const i of asRead(operands, output)) {
    layers[columns[i]].push(i);
    stations[i].forEach((station, k) => layers[columns[i] + 1 + k].push(station));
  }
  const rows = left.map(() => 0);
  for (let sweep = 0; sweep < 6; sweep++)
    for (const layer of sweep % 2 ? layers : [...layers].reverse())
      arrange(layer, sweep % 2 ? left : right, rows, sweep);
  return operands.map((_, i) => ({ column: columns[i], row: rows[i], way: stations[i].map((s) => rows[s]) }));
};

// Operands before users, as far as there are no circles.
const depthFirst = (operands, output) => {
  const order = [], state = new Map(), stack = [output];
  while (stack.length) {
    const i = stack[stack.length - 1];
    if (!state.has(i)) {
      state.set(i, "open");
      for (const j of [...operands[i]].reverse()) if (!state.has(j)) stack.push(j);
    } else {
      stack.pop();
      if (state.get(i) === "open") order.push(i);
      state.set(i, "done");
    }
  }
  return order;
};

// An edge over several columns stops at a station in each between; one value's edges share theirs.
const withStations = (users, columns) => {
  const left = users.map(() => []), right = users.map(() => []);
  const stations = users.map((usedBy, i) => {
    const line = [i];
    const last = span([0, ...usedBy.map((j) => columns[j])])[1];
    for (let column = columns[i] + 1; column < last; column++) {
      const station = left.push([line[line.length - 1]]) - 1;
      right.push([]);
      right[line[line.length - 1]].push(station);
      line.push(station);
    }
    for (const j of usedBy) {
      const from = line[columns[j] - columns[i] - 1];
      right[from].push(j);
      left[j].push(from);
    }
    return line.slice(1);
  });
  return { left, right, stations };
};

// In the order in which a formula mentions them: operands from left to right.
const asRead = (operands, output) => {
  const met = new Set(), stack = [output];
  while (stack.length) {
    const i = stack.pop();
    if (met.has(i)) continue;
    met.add(i);
    stack.push(...[...operands[i]].reverse());
  }
  return met;
};

// Order one column by the rows of its neighbours, one row apart, about the middle.
const arrange = (layer, neighbours, rows, sweep) => {
  const wanted = new Map(layer.map((i) => {
    const near = neighbours[i].map((j) => rows[j]);
    return [i, near.length && sweep ? near.reduce((a, b) => a + b) / near.length : rows[i]];
  }));
  layer.sort((a, b) => wanted.get(a) - wanted.get(b)); // stable: ties stay as they are
  layer.forEach((i, k) => (rows[i] = k - (layer.length - 1) / 2));
};
