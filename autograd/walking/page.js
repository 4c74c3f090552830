// Steps through one backward pass.  Each <main class="stepgrad-walk"> on a page has its own state.
"use strict";
(() => {
  const WIDTH = 118, HEIGHT = 54, COLUMN = 172, ROW = 68, MARGIN = 20;
  const SVG = "http://www.w3.org/2000/svg";

  // Four significant digits, as the library prints them.
  const shown = (x) => {
    if (x === 0) return "0";
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
    const size = Math.abs(x);
    if (size < 1e-4 || size >= 1e5) return x.toExponential(3).replace(/\.?0+e/, "e");
    return String(Number(x.toPrecision(4)));
  };
  const signed = (x) => (x < 0 ? `(${shown(x)})` : shown(x));
  const element = (name, attributes = {}, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text) made.textContent = text;
    return made;
  };
  // [least, greatest]; Math.min(...numbers) would run out of stack at some hundred thousand.
  const span = (numbers) =>
    numbers.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [Infinity, -Infinity]);
  const short = (text) => (text.length > 16 ? text.slice(0, 15) + "…" : text);

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
      tape.steps.push({ node, operand, local, upstream, contribution, before, after });
      tape.turns.push(turn(k + 1));
    });
    return tape;
  };

  const start = (root) => {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    const graph = JSON.parse(part("data").textContent);
    const { nodes, texts } = graph;
    let frame = graph.frames[0], tape = tapeOf(graph, frame);
    let place = 0, gradients, reached, playing = null, chosen = null;

    // --- the picture ------------------------------------------------------------------------
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
    const draw = () => {
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
        box.addEventListener("click", () => choose(i));
        box.addEventListener("keydown", (event) => {
          if (event.key === "Enter") choose(i);
        });
        boxes.push(svg.appendChild(box));
      });
      part("graph").append(svg);
      fit();
      window.addEventListener("resize", fit);
    };

    // --- where the walk stands ----------------------------------------------------------------
    const settle = () => {
      gradients = [...tape.begin];
      reached = new Set([graph.output]);
      const turn = (k) => tape.turns[k].forEach(([node, , after]) => (gradients[node] = after));
      turn(0);
      for (let k = 0; k < place; k++) {
        gradients[tape.steps[k].operand] = tape.steps[k].after;
        reached.add(tape.steps[k].operand);
        turn(k + 1);
      }
    };
    const practising = () => part("practice").checked && place < tape.steps.length;
    const show = () => {
      settle();
      const total = tape.steps.length;
      const current = practising() ? tape.steps[place] : tape.steps[place - 1];
      boxes.forEach((box, i) => {
        const node = nodes[i], grad = node.kind === "constant" ? "constant" : `grad ${shown(gradients[i])}`;
        box.dataset.gradient = String(gradients[i]);
        box.querySelector(".data").textContent = `data ${shown(Number(frame.data[i]))}`;
        box.querySelector(".grad").textContent = grad;
        box.classList.toggle("reached", reached.has(i));
        box.classList.toggle("lit", !!current && (i === current.node || i === current.operand));
        box.setAttribute("aria-label", `${node.name}, data ${shown(Number(frame.data[i]))}, ${grad}`);
      });
      edges.forEach((edge, key) => {
        edge.classList.toggle("lit", !!current && key === `${current.node} ${current.operand}`);
      });
      part("place").textContent = `${place} / ${total}`;
      part("slider").max = total;
      part("slider").value = place;
      part("slider").setAttribute("aria-valuetext", `step ${place} of ${total}`);
      for (const name of ["start", "back"]) button(name).disabled = place === 0;
      for (const name of ["next", "end"]) button(name).disabled = place === total;
      say(current);
      root.dataset.place = place;
      if (chosen !== null) sum();
      if (current) follow(nodes[current.operand], nodes[current.node]);
    };
    const follow = (a, b) => {
      const pane = part("graph"), scale = svg.clientWidth / width || 1;
      const middle = ((x(a) + x(b) + WIDTH) / 2) * scale, across = ((y(a) + y(b) + HEIGHT) / 2) * scale;
      pane.scrollTo(middle - pane.clientWidth / 2, across - pane.clientHeight / 2);
    };
    const say = (step) => {
      part("question").hidden = !practising();
      if (!step) {
        part("where").textContent = "The start";
        part("equation").textContent = "The output has gradient 1.";
        part("source").textContent = texts[nodes[graph.output].source];
        return;
      }
      const k = tape.steps.indexOf(step), name = nodes[step.operand].name;
      part("where").textContent = `Step ${k + 1}: from ${nodes[step.node].name} to ${name}`;
      const rule = graph.rules[frame.rules[k]];
      const forms = [rule.subject, rule.letters, rule.numbers].filter(Boolean).join(" = ");
      const said = `${forms} ${rule.exact ? "=" : "≈"} ${shown(step.local)}` +
        (rule.reason && ` (${rule.reason})`) + (rule.legend && `, where ${rule.legend}`);
      const product = `${signed(step.local)} · upstream ${signed(step.upstream)}`;
      part("equation").textContent = practising()
        ? `${said};   ${product} = ?`
        : `${said};   ${product} = ${shown(step.contribution)};   ` +
          `grad of ${name}: ${shown(step.before)} + ${signed(step.contribution)} = ${shown(step.after)}`;
      part("source").textContent = texts[nodes[step.node].source];
    };
    const goto = (k, remember = true) => {
      place = Math.max(0, Math.min(tape.steps.length, Math.round(k) || 0));
      part("answer").value = "";
      part("verdict").textContent = "";
      show();
      if (remember) {
        try {
          history.replaceState(null, "", `#${place}`);
        } catch (error) { /* a page inside a sandbox has no address */ }
      }
    };

    // --- one box: its whole sum ---------------------------------------------------------------
    const choose = (i) => {
      chosen = chosen === i ? null : i;
      part("sum").hidden = chosen === null;
      if (chosen !== null) sum();
    };
    const sum = () => {
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

    // --- practice -------------------------------------------------------------------------------
    const judge = (answer, step) => {
      const near = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b)) ||
        Math.abs(a - b) <= 0.01 * Math.abs(b) + 1e-12;
      const { local, upstream, contribution, before, after } = step;
      if (near(answer, contribution)) return null;
      if (near(answer, -contribution)) return "The size is right, the sign is not.";
      if (near(answer, after) && before !== 0)
        return "That is the gradient afterwards: only what this step adds is asked for.";
      if (near(answer, local)) return "That is the local derivative: multiply it by the upstream gradient.";
      if (near(answer, upstream)) return "That is the upstream gradient: multiply it by the local derivative.";
      if (near(answer, local + upstream)) return "The two are multiplied, not added.";
      if (near(answer, upstream / local)) return "Multiply by the local derivative; do not divide.";
      return `Not yet: it is the product ${signed(local)} · ${signed(upstream)}.`;
    };
    part("question").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = part("answer").value.trim().replace(",", ".").replace("−", "-");
      const words = { inf: Infinity, "-inf": -Infinity, nan: NaN };
      const answer = text.toLowerCase() in words ? words[text.toLowerCase()] : Number(text);
      const isNumber = text !== "" && (text.toLowerCase() in words || !Number.isNaN(answer));
      const fault = isNumber ? judge(answer, tape.steps[place]) : "Write a number, such as -0.25.";
      if (fault) {
        part("verdict").textContent = fault;
        return;
      }
      const was = shown(tape.steps[place].contribution);
      goto(place + 1);
      part("verdict").textContent = `Right: ${was}.`;
    });
    part("practice").addEventListener("change", () => goto(place));

    // --- controls -------------------------------------------------------------------------------
    const button = (name) => root.querySelector(`[data-do="${name}"]`);
    const stop = () => {
      clearInterval(playing);
      playing = null;
      button("play").textContent = "Play";
      button("play").setAttribute("aria-pressed", "false");
    };
    const actions = {
      start: () => goto(0), end: () => goto(tape.steps.length),
      back: () => goto(place - 1), next: () => goto(place + 1),
      play: () => {
        if (playing !== null) return stop();
        if (place === tape.steps.length) goto(0);
        button("play").textContent = "Pause";
        button("play").setAttribute("aria-pressed", "true");
        playing = setInterval(() => {
          if (place < tape.steps.length && !practising()) goto(place + 1);
          else stop();
        }, 900);
      },
    };
    for (const name in actions) button(name).addEventListener("click", actions[name]);
    part("slider").addEventListener("input", (event) => goto(Number(event.target.value)));
    const keys = { ArrowRight: "next", ArrowLeft: "back", Home: "start", End: "end", " ": "play" };
    const alone = document.querySelectorAll(".stepgrad-walk").length === 1;
    (alone ? document : root).addEventListener("keydown", (event) => {
      const tag = event.target.tagName;
      if (tag === "INPUT" || (tag === "BUTTON" && event.key === " ")) return;
      if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
      event.preventDefault();
      actions[keys[event.key]]();
    });

    // --- a training run -------------------------------------------------------------------------
    const train = () => {
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
        frame = frames[i];
        tape = tapeOf(graph, frame);
        part("epoch").textContent = frame.label;
        part("loss").textContent = `loss ${shown(losses[i])}`;
        part("epochs").setAttribute("aria-valuetext", `training step ${frame.label}`);
        dot.setAttribute("cx", at(i)[0]);
        dot.setAttribute("cy", at(i)[1]);
        const last = new Map(tape.steps.map((s) => [s.operand, s.after]));
        part("weights").replaceChildren();
        for (const cells of [["", "weight", "gradient"],
          ...graph.parameters.map((p) => [nodes[p].name, shown(Number(frame.data[p])), shown(last.get(p) ?? 0)])]) {
          const row = part("weights").insertRow();
          for (const cell of cells) row.insertCell().textContent = cell;
        }
        goto(place, false);
      };
      part("epochs").addEventListener("input", (event) => epoch(Number(event.target.value)));
      epoch(0);
    };

    draw();
    const hash = () => (/^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : 0);
    window.addEventListener("hashchange", () => goto(hash(), false));
    if (graph.frames.length > 1) train();
    goto(hash(), false);
  };

  for (const root of document.querySelectorAll(".stepgrad-walk:not([data-started])")) {
    root.dataset.started = "";
    start(root);
  }
})();
