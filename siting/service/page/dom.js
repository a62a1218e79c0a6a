// Elements from data. Texts are set as text alone: a name is never markup.
import { state } from "/page/app.js";

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

/** Lines of a map's legend: a colour, its name, the people it stands for. */
export const legendOf = (map, names) => map.palette().map((colour, k) => {
  const dot = el("i");
  dot.style.background = colour;
  return el("li", {}, dot, `${names[k]} · ${count(map.totals[k])}`);
});

/** Whole numbers with thousands apart, as the language writes them. */
export const count = (n) => n === null || n === undefined ? "–"
  : Math.round(n).toLocaleString(document.documentElement.lang);
/** With its sign, as a change is told. */
export const signed = (n) => `${n < 0 ? "−" : "+"}${count(Math.abs(n))}`;
/** A rule or one row of it as planners say it, and what it is counted in. */
export const ruleOf = (row, contents) => contents.rule_names[row.label ? `${row.rule} [${row.label}]` : row.rule]
  || contents.rule_names[row.rule] || [row.rule, row.label].filter(Boolean).join(" · ");
export const unitOf = (row, contents) => row.unit === "money" ? contents.currency : state.kinds[`unit_${row.unit}`] || row.unit;
export const percent = (share, digits = 1) => share === null || share === undefined ? "–"
  : `${(100 * share).toFixed(digits)}%`;
/** What is left open of an objective; more than a whole is no share that says anything. */
export const openShare = (share) => share > 1 ? "> 100%" : percent(share, 2);
/** {name} in a text by values. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
/** Whether a job has left a plan. */
export const planned = (job) => job.state === "successful" && ["solve", "replan"].includes(job.process);
/** What is named of a job in lists: its scenario and when it ended. */
export const jobName = (job) => `${job.name} · ${clock(job.finished)}`;
/** A moment by this computer's clock, to the second: two solves may end in one minute. */
export const clock = (at) => new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "medium" });
