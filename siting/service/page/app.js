// The page: screens by the address's hash, words in the chosen language, faults where all see them.
import { get, Refused } from "/page/api.js";
import { el } from "/page/dom.js";
import { shelf } from "/page/shelf.js";
import { desk } from "/page/desk.js";
import { budget } from "/page/budget.js";
import { compare } from "/page/compare.js";
import { jobs } from "/page/jobs.js";
import { report } from "/page/report.js";
import { why } from "/page/why.js";

const SCREENS = { shelf, desk, budget, compare, why, jobs, reports: report };
const main = document.getElementById("main"), alertBox = document.getElementById("alert");
export const state = { lang: "zh", words: {}, kinds: {}, readOnly: false, basemap: null, city: null };
let leave = null;

export function tell(error) {
  alertBox.hidden = !error;
  const faults = (error && error.faults) || [];
  alertBox.textContent = !error ? "" : faults.length ? faults.map((fault) => fault.text).join("\n") : error.message;
  if (error && !(error instanceof Refused)) console.error(error);
}
/** Run a step of the page; what goes wrong is told at its head. */
export async function doing(step) {
  try { tell(null); return await step(); } catch (error) { tell(error); return undefined; }
}
export const go = (hash) => { if (location.hash === hash) render(); else location.hash = hash; };

async function speak(lang) {
  const told = await get(`/api/texts${lang ? `?lang=${lang}` : ""}`);
  Object.assign(state, { lang: told.lang, words: told.words, kinds: told.kinds, readOnly: told.read_only, basemap: told.basemap });
  document.documentElement.lang = told.lang;
  document.title = told.words.title;
  const button = document.getElementById("language");
  button.lang = told.lang === "zh" ? "en" : "zh";
  const other = told.lang === "zh" ? "English" : "中文";
  button.setAttribute("aria-label", other);
  // Chromium draws a button's text anew only where it was set after its font had come.
  document.fonts.load('15px "Siting Sans"', other).finally(() => { button.textContent = other; });
}

async function render() {
  if (leave) leave();
  leave = null;
  const [name, ...rest] = location.hash.slice(2).split("/");
  const screen = SCREENS[name] ? name : "shelf", w = state.words;
  document.getElementById("nav").replaceChildren(...Object.keys(SCREENS).map((key) =>
    el("a", { href: key === "desk" && state.city ? `#/desk/${state.city.contents.desk}` : `#/${key}`,
      "aria-current": key === screen ? "page" : null, text: w[`screen_${key}`] })));
  main.replaceChildren(el("p", { class: "wait", role: "status", text: w.wait }));
  main.dataset.screen = screen;
  main.dataset.ready = "no";
  await doing(async () => { leave = (await SCREENS[screen](main, rest.map(decodeURIComponent))) || null; });
  main.dataset.ready = "yes";
}

document.getElementById("language").addEventListener("click", () => doing(async () => {
  await speak(state.lang === "zh" ? "en" : "zh");
  await render();
}));
window.addEventListener("hashchange", render);
await speak(localStorage.getItem("siting-lang"));
await render();
