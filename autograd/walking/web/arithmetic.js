// A number as a person writes it: -0.25, 1/2, -3*0.2, 1e-3, 0,5, (1 - 0.7^2), inf.  NaN-safe: returns
// null for anything else.  A parser of its own, since nothing that is typed may ever be run.
//
//   sum = product {("+" | "-") product}     product = signed {("*" | "/") signed}
//   signed = ["-" | "+"] power              power = atom ["^" signed]
const numberIn = (text) => {
  const tokens = text.toLowerCase().replace(/−/g, "-").replace(/[·×]/g, "*").replace(/\*\*/g, "^")
    .replace(/(\d),(\d)/g, "$1.$2").match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan|[-+*/^()]|\S/g) || [];
  if (!tokens.length || tokens.length > 60) return null;
  let at = 0, isBroken = false;
  const take = (...wanted) => (wanted.includes(tokens[at]) ? tokens[at++] : null);
  const atom = () => {
    if (take("(")) {
      const inside = sum();
      if (!take(")")) isBroken = true;
      return inside;
    }
    const token = tokens[at++];
    if (token === "inf") return Infinity;
    if (token === "nan") return NaN;
    if (token === undefined || !/^[\d.]/.test(token) || Number.isNaN(Number(token))) isBroken = true;
    return Number(token);
  };
  const power = () => {
    const base = atom();
    return take("^") ? base ** negated() : base;
  };
  const negated = () => {
    const sign = take("-", "+");
    return sign ? (sign === "-" ? -negated() : negated()) : power();
  };
  const chain = (next, signs, join) => {
    let total = next(), sign;
    while (!isBroken && (sign = take(...signs))) total = join(total, sign, next());
    return total;
  };
  const product = () => chain(negated, ["*", "/"], (a, sign, b) => (sign === "*" ? a * b : a / b));
  const sum = () => chain(product, ["+", "-"], (a, sign, b) => (sign === "+" ? a + b : a - b));
  const value = sum();
  return isBroken || at < tokens.length ? null : value;
};
