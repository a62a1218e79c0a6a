// Elements from data. Texts are set as text alone: a name is never markup.

/** An element. @param {string} tag @param {object} props @param {...(Node|string|null)} inside */
export function el(tag, props = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inside.filter((part) => part !== null && part !== undefined));
  return made;
}

/** A table with a caption, heads and rows of texts; numbers are aligned by `right`. */
export function table(caption, heads, rows, right = []) {
  const cell = (tag, text, at) => el(tag, { class: right.includes(at) ? "number" : null },
    text instanceof Node ? text : String(text ?? "–"));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", { text: caption }),
      el("thead", {}, el("tr", {}, ...heads.map((text, at) => cell("th", text, at)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((text, at) => cell("td", text, at)))))));
}

/** Whole numbers with thousands apart, as the language writes them. */
export const count = (n) => n === null || n === undefined ? "–"
  : Math.round(n).toLocaleString(document.documentElement.lang);
export const percent = (share, digits = 1) => share === null || share === undefined ? "–"
  : `${(100 * share).toFixed(digits)} %`;
/** What is left open of an objective; more than a whole is no share that says anything. */
export const openShare = (share) => share > 1 ? "> 100 %" : percent(share, 2);
/** {name} in a text by values. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
