// Numbers as the library prints them, and small helpers that every part of the page uses.
const SVG = "http://www.w3.org/2000/svg";

// Four significant digits.
const shown = (x) => {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size < 1e-4 || size >= 1e5) return x.toExponential(3).replace(/\.?0+e/, "e");
  return String(Number(x.toPrecision(4)));
};
const signed = (x) => (x < 0 ? `(${shown(x)})` : shown(x));
// The number that a reader sees, for checking what is written about it.
const seen = (x) => Number(shown(x).replace("inf", "Infinity"));
// "= 0.5", or "≈ 0.5" where the digits shown on the left give something else.
const equal = (left, right) => `${shown(left) === shown(right) ? "=" : "≈"} ${shown(right)}`;
const cut = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);

// [least, greatest]; Math.min(...numbers) would run out of stack at some hundred thousand.
const span = (numbers) =>
  numbers.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [Infinity, -Infinity]);

const element = (name, attributes = {}, text = "") => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text) made.textContent = text;
  return made;
};
const html = (name, attributes = {}, text = "") => {
  const made = document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text) made.textContent = text;
  return made;
};
