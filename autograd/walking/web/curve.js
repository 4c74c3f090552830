// The loss over the whole run, with axes, linear or logarithmic; a click or a key jumps to a step.
const CURVE = { left: 46, right: 352, top: 10, low: 142 };

// Round numbers from least to most, at most five of them: 1, 2 or 5 times a power of ten.
const ticksBetween = (least, most) => {
  const rough = (most - least) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((f) => f * power >= rough);
  const ticks = [];
  for (let k = Math.ceil(least / step - 1e-9); k * step <= most + 1e-9 * step; k++) ticks.push(k * step);
  return ticks;
};
const powersBetween = (least, most) => {
  const first = Math.floor(least), last = Math.ceil(most), by = Math.ceil((last - first) / 5) || 1;
  const powers = [];
  for (let k = first; k <= last; k += by) powers.push(k);
  return powers;
};

const addCurve = (page) => {
  const { part, graph } = page;
  const svg = part("curve"), frames = graph.frames;
  const points = [...graph.training.curve, ...frames.map((f) => [f.step, f.loss])]
    .map(([step, loss]) => [step, Number(loss)])
    .filter(([, loss]) => Number.isFinite(loss))
    .sort((a, b) => a[0] - b[0]);
  const steps = points.map(([step]) => step), losses = points.map(([, loss]) => loss);
  const positive = losses.every((loss) => loss > 0);
  const [first, last] = points.length ? span(steps) : [0, 1];
  const [least, most] = points.length ? span(losses) : [0, 1];
  part("log").disabled = !positive;
  part("log").checked = positive && most > 20 * least;
  const x = (step) => CURVE.left + ((step - first) / (last - first || 1)) * (CURVE.right - CURVE.left);
  let y;  // of a loss, on the present scale

  const draw = () => {
    const log = part("log").checked;
    const marks = log
      ? powersBetween(Math.log10(least), Math.log10(most)).map((k) => 10 ** k)
      : ticksBetween(Math.min(0, least), most);
    const [low, high] = span([...marks, least, most]).map(log ? Math.log10 : Number);
    y = (loss) => CURVE.low - (((log ? Math.log10(loss) : loss) - low) / (high - low || 1)) * (CURVE.low - CURVE.top);
    svg.replaceChildren();
    for (const mark of marks) {
      svg.append(element("line", { class: "grid", x1: CURVE.left, x2: CURVE.right, y1: y(mark), y2: y(mark) }));
      svg.append(element("text", { x: CURVE.left - 5, y: y(mark) + 4, "text-anchor": "end" }, shown(mark)));
    }
    for (const step of ticksBetween(first, last).filter(Number.isInteger))
      svg.append(element("text", { x: x(step), y: CURVE.low + 14, "text-anchor": "middle" }, String(step)));
    svg.append(element("text", { x: CURVE.right, y: CURVE.low + 27, "text-anchor": "end" }, page.say("training_step")));
    svg.append(element("polyline", { points: points.map(([s, l]) => `${x(s)},${y(l)}`).join(" ") }));
    svg.append(element("line", { class: "now", y1: CURVE.top, y2: CURVE.low }));
    svg.append(element("circle", { r: 4.5 }));
    mark(frames[page.at ?? 0]);
  };
  const mark = (frame) => {
    const loss = Number(frame.loss), line = svg.querySelector(".now"), dot = svg.querySelector("circle");
    for (const end of ["x1", "x2"]) line.setAttribute(end, x(frame.step));
    dot.setAttribute("visibility", Number.isFinite(loss) ? "visible" : "hidden");
    dot.setAttribute("cx", x(frame.step));
    if (Number.isFinite(loss)) dot.setAttribute("cy", y(loss));
    svg.setAttribute("aria-valuenow", frame.step);
    svg.setAttribute("aria-valuetext", page.say("step_and_loss", { step: frame.step, loss: shown(loss) }));
  };
  const nearest = (step) =>
    frames.reduce((best, f, i) => (Math.abs(f.step - step) < Math.abs(frames[best].step - step) ? i : best), 0);
  const jump = (event) => {
    const box = svg.getBoundingClientRect(), across = ((event.clientX - box.left) / box.width) * 360;
    page.trainTo(nearest(first + ((across - CURVE.left) / (CURVE.right - CURVE.left)) * (last - first)));
  };
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    jump(event);
  });
  svg.addEventListener("pointermove", (event) => {
    if (svg.hasPointerCapture(event.pointerId)) jump(event);
  });
  svg.addEventListener("keydown", (event) => {
    const to = {
      ArrowRight: page.at + 1, ArrowUp: page.at + 1, ArrowLeft: page.at - 1, ArrowDown: page.at - 1,
      PageUp: page.at + 10, PageDown: page.at - 10, Home: 0, End: frames.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();  // these keys would move the walk as well
    page.trainTo(to);
  });
  part("log").addEventListener("change", draw);
  svg.setAttribute("aria-valuemin", frames[0].step);
  svg.setAttribute("aria-valuemax", frames[frames.length - 1].step);
  draw();
  page.turns.push(mark);
};
