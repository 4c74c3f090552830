// The backward pass of one frame: the engine's multiplications and additions, in its order.
const tapeOf = (graph, frame) => {
  const gradients = frame.start.map(Number);
  const turn = (k) => {
    const changes = [];
    for (const [node, after] of frame.turns[k] || []) {
      changes.push([node, gradients[node], Number(after)]);
      gradients[node] = Number(after);
    }
    return changes;
  };
  const tape = { begin: [...gradients], turns: [turn(0)], steps: [] };
  graph.steps.forEach(([node, operand], k) => {
    const local = Number(frame.locals[k]), upstream = gradients[node];
    const contribution = local * upstream, before = gradients[operand];
    const after = before + contribution;
    gradients[operand] = after;
    tape.steps.push({ k, node, operand, local, upstream, contribution, before, after });
    tape.turns.push(turn(k + 1));
  });
  tape.ends = gradients;
  return tape;
};

// Every value's gradient after the first `place` steps.
const gradientsAt = (tape, place) => {
  const gradients = [...tape.begin];
  const turn = (k) => tape.turns[k].forEach(([node, , after]) => (gradients[node] = after));
  turn(0);
  for (let k = 0; k < place; k++) {
    gradients[tape.steps[k].operand] = tape.steps[k].after;
    turn(k + 1);
  }
  return gradients;
};
