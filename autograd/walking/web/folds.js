// What is drawn: single values, and closed folds (layers, neurons, what a batch repeats) as one box.
const MANY = 60; // values; from here on a page opens collapsed

const addFolds = (page) => {
  const { nodes, graph } = page;
  const folds = graph.folds;
  page.opened = new Set(nodes.length < MANY ? folds.keys() : []);
  // The folds around a value, the outermost first.
  page.foldsAround = (i) => {
    const path = [];
    for (let fold = nodes[i].fold; fold >= 0; fold = folds[fold].outer) path.unshift(fold);
    return path;
  };
  const members = folds.map(() => []);
  nodes.forEach((_, i) => page.foldsAround(i).forEach((fold) => members[fold].push(i)));
  page.foldName = (fold) => {
    const { name, kind } = folds[fold];
    if (name) return name;
    return kind === "values" ? nodes[members[fold][0]].op : page.say(kind);
  };
  // The boxes to draw, and which of them each value is in.
  page.items = () => {
    const items = [], at = new Map();
    const itemOf = nodes.map((_, i) => {
      const fold = page.foldsAround(i).find((f) => !page.opened.has(f));
      const key = fold === undefined ? `v${i}` : `f${fold}`;
      if (!at.has(key)) {
        at.set(key, items.length);
        items.push({ key, fold, values: fold === undefined ? [i] : members[fold] });
      }
      return at.get(key);
    });
    return { items, itemOf };
  };
  page.openTo = (i) => {
    const closed = page.foldsAround(i).filter((fold) => !page.opened.has(fold));
    closed.forEach((fold) => page.opened.add(fold));
    return closed.length > 0;
  };
};
