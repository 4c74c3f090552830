// A training run: play, pause and a slider over its recorded steps; each is a frame of numbers for
// the same graph.  The panels beside it (curve.js, field.js, tables.js) are told of each move.
//
// page.at          which frame is shown      page.turns   called when another one is
// page.train(i)    shows frame i
const addTraining = (page) => {
  const { root, part, graph } = page;
  const button = root.querySelector('[data-do="train"]'), slider = part("epochs");
  const frames = graph.frames, last = frames.length - 1;
  let playing = null;
  page.turns = [];
  const take = (i) => {
    page.at = Math.max(0, Math.min(last, Math.round(i) || 0));
    const frame = frames[page.at], loss = shown(Number(frame.loss));
    page.use(frame);
    slider.value = page.at;
    slider.setAttribute("aria-valuetext", page.say("step_and_loss", { step: frame.step, loss }));
    part("epoch").textContent = frame.step;
    part("loss").textContent = page.say("loss_is", { loss });
    for (const turn of page.turns) turn(frame);
  };
  const showPlay = (name) => {
    button.textContent = page.say(name);
    button.setAttribute("aria-pressed", String(name === "pause_training"));
  };
  const stop = () => {
    clearTimeout(playing);
    playing = null;
    showPlay("play_training");
  };
  const tick = () => {
    if (page.at === last) return stop();
    page.train(page.at + 1);
    playing = setTimeout(tick, 1000 / Number(part("speed").value));
  };
  page.train = (i) => {
    take(i);
    page.goto(page.place, false, true);
  };
  page.trainTo = (i) => {  // by hand: what plays stops
    stop();
    page.train(i);
  };
  button.addEventListener("click", () => {
    if (playing !== null) return stop();
    showPlay("pause_training");
    if (page.at === last) page.train(0);
    playing = setTimeout(tick, 1000 / Number(part("speed").value));
  });
  slider.max = last;
  slider.addEventListener("input", () => page.trainTo(Number(slider.value)));
  for (const note of graph.training.notes) {
    const said = document.createElement("p");
    said.textContent = note;
    part("notes").append(said);
  }
  for (const add of [addCurve, addField, addTables]) add(page);
  take(0);
};
