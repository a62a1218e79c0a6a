// The shelf: scenarios and results, what may be done with them, and where a zip is dropped.
import { get, post, remove } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { count, el, fill, openShare, table } from "/page/dom.js";

export async function shelf(main) {
  const w = state.words, found = await get("/api/scenarios");
  const outcome = el("section", { "aria-live": "polite" });
  const button = (text, step) => el("button", { type: "button", onclick: () => doing(step), text });
  const check = async (id) => {
    outcome.replaceChildren(el("p", { text: w.wait }));
    const told = await get(`/api/scenarios/${id}/check?lang=${state.lang}`);
    const lines = (told.ok ? told.warnings : told.faults.map((fault) => fault.text)).map((text) => el("li", { text }));
    outcome.replaceChildren(
      el("h2", { text: told.ok ? fill(w.check_ok, { name: told.name }) : fill(w.check_faults, { n: count(told.faults.length) }) }),
      told.ok ? el("p", { text: fill(w.check_contents, { people: count(told.people), points: count(told.points),
        sites: count(told.sites), outlets: count(told.outlets) }) }) : null,
      lines.length ? el("ul", { class: told.ok ? "warnings" : "faults" }, ...lines) : null);
  };
  const solve = async (id) => {
    const job = await post("/api/jobs", { scenario: id, time_limit: Number(seconds.value), lang: state.lang });
    go(`#/jobs/${job.id}`);
  };
  const seconds = el("input", { type: "number", min: "1", max: "3600", value: "60", id: "seconds" });
  const scenarios = found.scenarios.map((row) => [row.path, el("span", { class: "buttons" },
    button(w.open, () => go(`#/desk/open/${row.id}`)), button(w.check, () => check(row.id)),
    button(w.solve, () => solve(row.id)),
    row.uploaded && !state.readOnly ? button(w.remove, async () => { await remove(`/api/scenarios/${row.id}`); await shelf(main); }) : null)]);
  const results = found.results.map((row) => [row.path, state.kinds[row.status] || row.status || "–", count(row.objective),
    openShare(row.gap), el("span", { class: "buttons" }, button(w.report, () => go(`#/reports/${row.id}`)))]);
  const file = el("input", { type: "file", accept: ".zip", id: "upload", onchange: () => doing(async () => {
    const form = new FormData();
    form.append("file", file.files[0]);
    await post("/api/scenarios", form);
    await shelf(main);
  }) });
  main.replaceChildren(
    el("h2", { text: w.scenarios }),
    el("p", { class: "row" }, el("label", { for: "seconds", text: w.seconds }), seconds,
      ...(state.readOnly ? [] : [el("label", { for: "upload", text: w.upload }), file])),
    table(w.scenarios, [w.name, w.steps], scenarios), outcome,
    el("h2", { text: w.results }),
    results.length ? table(w.results, [w.name, w.status, w.objective, w.gap, w.steps], results, [2, 3]) : el("p", { text: w.none }));
}
