// Two to four results side by side: figures, people, what only one of a pair opens, and A with
// another of them on one map.
import { get, getArrays, post } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { count, el, fill, jobName, legendOf, planned, table } from "/page/dom.js";
import { groundOf } from "/page/ground.js";
import { CityMap } from "/page/map.js";

const LETTERS = ["A", "B", "C", "D"], IDS = ["first", "second", "third", "fourth"];

export async function compare(main, asked) {
  const [a, b] = asked;
  const w = state.words;
  const [shelf, jobs] = await Promise.all([get("/api/scenarios"), get("/api/jobs")]);
  const all = [...shelf.results.map((row) => [row.id, row.path]),
    ...jobs.filter(planned).map((job) => [job.id, jobName(job)])];
  const choices = LETTERS.map((_, at) => el("select", { id: IDS[at] },
    at < 2 ? null : el("option", { value: "", selected: !asked[at], text: "–" }),
    ...all.map(([key, name]) => el("option", { value: key, selected: key === asked[at], text: name }))));
  const offered = Math.min(all.length, LETTERS.length);
  main.replaceChildren(el("h2", { text: w.screen_compare }),
    all.length < 2 ? el("p", { text: w.compare_two }) : el("p", { class: "row" },
      ...choices.slice(0, offered).map((choice, at) => el("span", { class: "row" }, el("label", { for: IDS[at], text: LETTERS[at] }), choice)),
      el("button", { type: "button", id: "compare", text: w.screen_compare,
        onclick: () => doing(() => go(`#/compare/${choices.map((choice) => choice.value).filter(Boolean).join("/")}`)) })));
  if (!a || !b) return;
  const found = await get(`/api/compare?${asked.slice(0, 4).map((id, at) => `${"abcd"[at]}=${encodeURIComponent(id)}`).join("&")}&lang=${state.lang}`);
  const shown = (value) => typeof value === "number" ? (Number.isInteger(value) || Math.abs(value) >= 100 ? count(value) : value.toPrecision(3)) : found.names[value] || state.kinds[value] || value;
  const asTable = (caption, rows) => {
    if (!rows.length) return null;
    const heads = Object.keys(rows[0]);
    const right = heads.map((_, at) => at).filter((at) => rows.some((row) => typeof row[heads[at]] === "number") && rows.every((row) => row[heads[at]] === null || typeof row[heads[at]] === "number"));
    return table(caption, heads.map((head) => found.names[head] || state.kinds[head] || head), rows.map((row) => heads.map((head) => shown(row[head]))), right);
  };
  const beside = el("select", { id: "pair", onchange: () => onMap() },
    ...asked.slice(1, 4).map((_, at) => el("option", { value: String(at + 1), text: `A · ${LETTERS[at + 1]}` })));
  const place = el("section", { id: "both", "aria-label": w.both_plans }, el("p", { role: "status", text: w.wait }));
  main.append(...[found.warnings.length ? el("ul", { class: "warnings" }, ...found.warnings.map((text) => el("li", { text }))) : null,
    asTable(w.figures, found.figures), el("h2", { text: w.both_plans }),
    asked.length > 2 ? el("p", { class: "row" }, el("label", { for: "pair", text: w.pair }), beside) : null, place, asTable(w.people, found.people), asTable(w.differences, found.differences)].filter(Boolean));
  async function onMap() {
    const at = Number(beside.value);
    try {
      await draw(place, a, asked[at], LETTERS[at]);
    } catch (error) {
      place.replaceChildren(el("p", { text: error.message }));
    }
  }
  await onMap();
}

/** Outlets of A alone, of the other alone, of both; people whom only one of them serves. */
async function draw(place, a, b, other) {
  const w = state.words;
  const contents = await post("/api/desks", { result: a, lang: state.lang }), base = `/api/desks/${contents.desk}`;
  const [points, streets, beside] = await Promise.all([getArrays(`${base}/points`), getArrays(`${base}/streets`), getArrays(`${base}/beside?result=${encodeURIComponent(b)}`)]);
  const sitesOf = (chosen) => new Set(chosen.map((option) => contents.options.site[option]));
  const canvas = el("canvas", { id: "map", tabindex: "0", role: "application", "aria-label": w.map_label });
  const legend = el("ul", { class: "legend", "aria-label": w.legend });
  const format = el("select", { id: "format", onchange: () => { map.format = Number(format.value); map.classify(); tell(); } },
    el("option", { value: "-1", text: w.all_formats }), ...contents.formats.map((each, f) => el("option", { value: String(f), text: each.name })));
  place.replaceChildren(el("div", { class: "tools" }, el("label", { for: "format", text: w.format }), format,
    ...[["+", w.zoom_in, 1.5], ["−", w.zoom_out, 1 / 1.5]].map(([text, name, by]) => el("button", { type: "button", text, "aria-label": name, onclick: () => map.zoom(by) }))), canvas, legend);
  const none = () => {};
  const city = { contents, points, streets: streets.streets, around: null };
  const map = new CityMap(canvas, city, { site: none, point: none, lift: none, drop: none }, { masks: beside.masks, sites: sitesOf(beside.head.chosen) });
  map.open = sitesOf(contents.chosen);
  get(`${base}/ground`).then((told) => { city.around = groundOf(told); map.later(); }, () => {});
  function tell() {
    const names = map.format >= 0 ? [w.both_blind, w.both_have, w.only_a, w.only_b] : [w.both_blind, w.both_same, w.more_a, w.more_b], named = (text) => fill(text, { b: other });
    legend.replaceChildren(...legendOf(map, names.map(named)),
      ...[["●", w.marks_both], ["▲", w.marks_a], ["■", w.marks_b]].map(([sign, text]) => el("li", { text: `${sign} ${named(text)}` })));
  }
  tell();
}
