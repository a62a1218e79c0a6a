// Two results side by side: figures, people, what only one of them opens, and both on one map.
import { get, getArrays, post } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { count, el, jobName, legendOf, planned, table } from "/page/dom.js";
import { groundOf } from "/page/ground.js";
import { CityMap } from "/page/map.js";

export async function compare(main, [a, b]) {
  const w = state.words;
  const [shelf, jobs] = await Promise.all([get("/api/scenarios"), get("/api/jobs")]);
  const all = [...shelf.results.map((row) => [row.id, row.path]),
    ...jobs.filter(planned).map((job) => [job.id, jobName(job)])];
  const choose = (id, value) => el("select", { id }, ...all.map(([key, name]) => el("option", { value: key, selected: key === value, text: name })));
  const first = choose("first", a), second = choose("second", b);
  main.replaceChildren(el("h2", { text: w.screen_compare }),
    all.length < 2 ? el("p", { text: w.compare_two }) : el("p", { class: "row" }, el("label", { for: "first", text: "A" }), first,
      el("label", { for: "second", text: "B" }), second,
      el("button", { type: "button", id: "compare", text: w.screen_compare, onclick: () => doing(() => go(`#/compare/${first.value}/${second.value}`)) })));
  if (!a || !b) return;
  const found = await get(`/api/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}&lang=${state.lang}`);
  const shown = (value) => typeof value === "number" ? (Number.isInteger(value) || Math.abs(value) >= 100 ? count(value) : value.toPrecision(3)) : found.names[value] || state.kinds[value] || value;
  const asTable = (caption, rows) => {
    if (!rows.length) return null;
    const heads = Object.keys(rows[0]);
    const right = heads.map((_, at) => at).filter((at) => rows.every((row) => row[heads[at]] === null || typeof row[heads[at]] === "number"));
    return table(caption, heads.map((head) => found.names[head] || state.kinds[head] || head), rows.map((row) => heads.map((head) => shown(row[head]))), right);
  };
  const place = el("section", { id: "both", "aria-label": w.both_plans }, el("p", { role: "status", text: w.wait }));
  main.append(...[found.warnings.length ? el("ul", { class: "warnings" }, ...found.warnings.map((text) => el("li", { text }))) : null,
    asTable(w.figures, found.figures), el("h2", { text: w.both_plans }), place, asTable(w.people, found.people), asTable(w.differences, found.differences)].filter(Boolean));
  try {
    await draw(place, a, b);
  } catch (error) {
    place.replaceChildren(el("p", { text: error.message }));
  }
}

/** Outlets of A alone, of B alone, of both; people whom only one of them serves. */
async function draw(place, a, b) {
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
    const names = map.format >= 0 ? [w.both_blind, w.both_have, w.only_a, w.only_b] : [w.both_blind, w.both_same, w.more_a, w.more_b];
    legend.replaceChildren(...legendOf(map, names),
      ...[["●", w.marks_both], ["▲", w.marks_a], ["■", w.marks_b]].map(([sign, text]) => el("li", { text: `${sign} ${text}` })));
  }
  tell();
}
