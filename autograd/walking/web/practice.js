// Practice: the reader works a step's number out, and a wrong answer says what it is instead.
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

const addPractice = (page) => {
  const { part } = page;
  page.practising = () => part("practice").checked && page.place < page.tape.steps.length;
  page.shows.push(() => (part("question").hidden = !page.practising()));
  page.moves.push(() => {
    part("answer").value = "";
    part("verdict").textContent = "";
  });
  part("question").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = part("answer").value.trim().replace(",", ".").replace("−", "-");
    const words = { inf: Infinity, "-inf": -Infinity, nan: NaN };
    const answer = text.toLowerCase() in words ? words[text.toLowerCase()] : Number(text);
    const isNumber = text !== "" && (text.toLowerCase() in words || !Number.isNaN(answer));
    const step = page.tape.steps[page.place];
    const fault = isNumber ? judge(answer, step) : "Write a number, such as -0.25.";
    if (!fault) page.goto(page.place + 1);
    part("verdict").textContent = fault || `Right: ${shown(step.contribution)}.`;
  });
  part("practice").addEventListener("change", () => page.goto(page.place));
};
