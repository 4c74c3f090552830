// Practice.  At each step the reader is asked which edge is next, for its local derivative, for what
// it adds, and for the sum; wrong answers get a hint, first answers count, and the end sums them up.
const addPractice = (page) => {
  const { root, part, nodes } = page;
  const isOn = () => part("practice").checked;
  const total = () => page.tape.steps.length;
  let stage = 0, isFirst = true, isAnswering = false, score = {};
  const next = () => page.tape.steps[page.place];

  const stages = () => {
    const step = next(), open = new Set(page.tape.steps.slice(page.place).map((s) => `${s.node} ${s.operand}`));
    return [...(open.size > 1 ? ["edge"] : []), "local", "contribution", ...(step.before !== 0 ? ["sum"] : [])];
  };
  page.practising = () => isOn() && page.place < total();
  page.asks = () => (page.practising() ? stages()[stage] : null);
  // Whether step k's numbers would tell an answer.
  page.hidesLocal = (k) => page.practising() &&
    (k > page.place || (k === page.place && ["edge", "local"].includes(page.asks())));

  const count = (name, isRight) => {
    const [right, asked] = score[name] || [0, 0];
    score[name] = [right + isRight, asked + 1];
  };
  const totals = () => Object.values(score).reduce(([a, b], [right, asked]) => [a + right, b + asked], [0, 0]);
  const verdict = (text) => (part("verdict").textContent = text);

  const advance = (text) => {
    const asked = page.asks();
    count(asked, isFirst);
    isFirst = true;
    stage += 1;
    isAnswering = true;
    page.goto(stage < stages().length ? page.place : page.place + 1, true, stage < stages().length);
    isAnswering = false;
    verdict(text);
    focusQuestion();
  };
  const wrong = (text, isMild = false) => {
    if (!isMild) isFirst = false;
    verdict(text);
  };
  const focusQuestion = () => {
    if (!isOn()) return;
    if (page.place === total()) part("again").focus();
    else if (page.asks() === "edge") part("choices").querySelector("button").focus();
    else part("answer").focus();
  };

  // --- which edge is next -----------------------------------------------------------------------
  const candidates = () => {
    const pairs = new Map();
    for (const s of page.tape.steps.slice(page.place)) {
      const key = `${s.node} ${s.operand}`;
      if (!pairs.has(key)) pairs.set(key, s);
      if (pairs.size === 4) break;
    }
    const mixed = (s) => (s.k * 7919 + page.place * 104729) % 101; // shuffled, and the same each time
    return [...pairs.values()].sort((a, b) => mixed(a) - mixed(b));
  };
  const named = (s) => page.say("edge", { node: nodes[s.node].name, name: nodes[s.operand].name });
  const pick = (s) => {
    const fault = judgeEdge(page.tape, page.place, s);
    if (!fault) return advance(page.say("right", { answer: named(s) }));
    wrong(page.say(fault.hint, { node: nodes[s.node].name, count: fault.count ?? 0 }), fault.isMild);
  };
  page.answerEdge = (steps) => {
    if (page.asks() !== "edge") return;
    pick(page.tape.steps[steps.includes(page.place) ? page.place : steps.find((k) => k > page.place) ?? steps[0]]);
  };
  const showChoices = () => {
    part("choices").replaceChildren(...candidates().map((s) => {
      const button = html("button", { type: "button" }, named(s));
      button.addEventListener("click", () => pick(s));
      return button;
    }));
  };

  // --- numbers ----------------------------------------------------------------------------------
  const expected = () => shown({ local: next().local, contribution: next().contribution, sum: next().after }[page.asks()]);
  part("question").addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = numberIn(part("answer").value), step = next();
    if (answer === null) return verdict(page.say("write_a_number"));
    const data = (i) => Number(page.frame.data[i]);
    const hint = JUDGES[page.asks()](answer, step, data(step.operand), data(step.node));
    if (!hint) return advance(page.say("right", { answer: expected() }));
    wrong(page.say(hint, {
      local: signed(step.local), upstream: signed(step.upstream), before: shown(step.before),
      contribution: signed(step.contribution), name: nodes[step.operand].name, node: nodes[step.node].name,
    }));
  });
  root.querySelector('[data-do="reveal"]').addEventListener("click", () => {
    isFirst = false;
    advance(page.say("it_was", { answer: page.asks() === "edge" ? named(next()) : expected() }));
  });

  // --- what is seen -----------------------------------------------------------------------------
  page.moves.push(() => {
    if (isAnswering) return;
    verdict("");
  });
  page.moves.push((isSamePlace) => {
    if (isSamePlace) return;
    [stage, isFirst] = [0, true];
  });
  const showSummary = () => {
    const [right, asked] = totals();
    part("summary-text").textContent = page.say(asked ? "summary" : "nothing_asked", { right, asked });
    part("scores").replaceChildren(...Object.entries(score).map(([name, [a, b]]) =>
      html("li", {}, page.say("score_of", { what: page.say(`about_${name}`), right: a, asked: b }))));
  };
  page.shows.push(() => {
    const asked = page.asks(), step = next();
    root.classList.toggle("practising", page.practising());
    part("question").hidden = !asked;
    part("summary").hidden = !(isOn() && page.place === total());
    if (!part("summary").hidden) showSummary();
    if (!asked) return;
    const name = nodes[step.operand].name;
    part("ask").textContent = page.say(`ask_${asked}`, { name, node: nodes[step.node].name });
    for (const name of ["choices", "answer"]) part(name).setAttribute("aria-label", part("ask").textContent);
    part("choices").hidden = asked !== "edge";
    part("entry").hidden = asked === "edge";
    if (asked === "edge") showChoices();
    part("answer").value = "";
    part("score").textContent = totals()[1] ? page.say("score", { right: totals()[0], asked: totals()[1] }) : "";
  });
  part("practice").addEventListener("change", () => {
    score = {};
    page.goto(page.place);
  });
  part("again").addEventListener("click", () => {
    score = {};
    page.goto(0);
    focusQuestion();
  });
};
