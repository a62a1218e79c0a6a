// Budget against people: a slider over plans that were computed; one between them is a job.
import { get, post, putArrays } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { chart } from "/page/chart.js";
import { count, el, fill, legendOf, openShare, table } from "/page/dom.js";
import { CityMap } from "/page/map.js";

export async function budget(main, [id]) {
  const w = state.words, city = state.city;
  const jobs = (await get("/api/jobs")).filter((job) => job.process === "frontier");
  const seconds = el("input", { type: "number", min: "1", max: "3600", value: "120", id: "frontier-seconds" });
  const compute = el("button", { type: "button", text: w.compute_frontier, disabled: !city, onclick: () => doing(async () => {
    const job = await post(`/api/desks/${city.contents.desk}/solve`, { process: "frontier", time_limit: Number(seconds.value), lang: state.lang });
    go(`#/jobs/${job.id}`);
  }) });
  const chosen = id || (jobs.find((job) => job.state === "successful") || {}).id;
  main.replaceChildren(el("h2", { text: w.screen_budget }), el("p", { class: "row" }, el("label", { for: "frontier-seconds", text: w.seconds }), seconds, compute, city ? null : el("span", { text: w.open_first })));
  if (!chosen) return;
  const found = await get(`/api/jobs/${chosen}/frontier`);
  const points = found.points.filter((point) => point.options !== null);
  if (!points.length) { main.append(el("p", { text: w.none })); return; }
  const knees = new Set(found.knees.map((knee) => knee.x)), bends = (point) => knees.has(point.limit);
  const canvas = el("canvas", { class: "chart", role: "img", "aria-label": w.screen_budget });
  const told = el("p", { role: "status", "aria-live": "polite", id: "budget-line" });
  const slider = el("input", { type: "range", min: "0", max: String(points.length - 1), step: "1", id: "budget",
    value: String(points.length - 1), list: "budgets", oninput: () => doing(() => put(Number(slider.value))) });
  const draw = (at) => chart(canvas, [
    { name: w.plan, colour: "#d55e00", points: points.map((p) => [p.limit, p.objective]) },
    { name: w.bound, colour: "#0072b2", dash: [5, 4], points: points.filter((p) => p.bound !== null).map((p) => [p.limit, p.bound]) },
  ], { xName: w[`axis_${found.axis}`], yName: w.objective, marks: [[points[at].limit, points[at].objective]],
    rings: points.filter(bends).map((p) => [p.limit, p.objective]) });
  const tellPoint = (at) => {
    const point = points[at];
    told.textContent = `${count(point.limit)} · ${w.objective} ${count(point.objective)} · ${w.gap} ${openShare(point.gap)}${bends(point) ? ` · ${w.knee}` : ""}`;
    if (at + 1 < points.length) between.value = String(Math.round((point.limit + points[at + 1].limit) / 2));
    slider.setAttribute("aria-valuetext", told.textContent);
    draw(at);
  };
  // Between two points nothing is known: it is computed, and stands among them afterwards.
  const between = el("input", { type: "number", min: "0", step: "1", id: "budget-between", value: String(points[points.length - 1].limit) });
  const here = el("button", { type: "button", id: "compute-here", text: w.compute_here, disabled: !city, onclick: () => doing(async () => {
    const asked = { process: "frontier", limits: [Number(between.value)], curve: chosen, time_limit: Number(seconds.value), lang: state.lang };
    const job = await post(`/api/desks/${city.contents.desk}/solve`, asked);
    go(`#/jobs/${job.id}`);
  }) });
  async function put(at) {
    tellPoint(at);
    if (!city) return;
    const all = found.points.indexOf(points[at]);
    const answer = await putArrays(`/api/desks/${city.contents.desk}/budget`, { frontier: chosen, point: all });
    if (answer.head.revision < city.head.revision) return; // the slider was moved on meanwhile
    city.points.masks = answer.masks;
    city.head = answer.head;
    paint();
  }
  // The plan of the slider's point on the map, where a desk is open.
  const mapCanvas = city ? el("canvas", { id: "map", tabindex: "0", role: "application", "aria-label": w.map_label }) : null;
  const legend = el("ul", { class: "legend", "aria-label": w.legend });
  let map = null;
  function paint() {
    if (!mapCanvas) return;
    if (!map) { const none = () => {}; map = new CityMap(mapCanvas, city, { site: none, point: none, lift: none, drop: none }); }
    map.open = new Set(city.head.chosen.map((option) => city.contents.options.site[option]));
    map.classify();
    mapCanvas.dataset.revision = String(city.head.revision);
    legend.replaceChildren(...legendOf(map, w.shares.split("|")).reverse());
  }
  main.append(canvas, el("p", { class: "row slider" }, el("label", { for: "budget", text: w.slider }), slider), told,
    el("p", { class: "row" }, el("label", { for: "budget-between", text: fill(w.not_computed, { axis: w[`axis_${found.axis}`] }) }), between, here), ...(mapCanvas ? [mapCanvas, legend] : []),
    table(w.screen_budget, [w[`axis_${found.axis}`], w.objective, w.bound, w.gap, w.knee], points.map((p) =>
      [count(p.limit), count(p.objective), count(p.bound), openShare(p.gap), bends(p) ? "●" : ""]), [0, 1, 2, 3]));
  requestAnimationFrame(() => { tellPoint(points.length - 1); paint(); });
}
