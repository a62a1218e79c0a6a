// Two results side by side: figures, people, and what only one of them opens.
import { get } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { count, el, table } from "/page/dom.js";

export async function compare(main, [a, b]) {
  const w = state.words;
  const [shelf, jobs] = await Promise.all([get("/api/scenarios"), get("/api/jobs")]);
  const all = [...shelf.results.map((row) => [row.id, row.path]),
    ...jobs.filter((job) => job.state === "successful" && job.process === "solve").map((job) => [job.id, `${job.name} · ${job.finished.slice(11, 19)}`])];
  const choose = (id, value) => el("select", { id }, ...all.map(([key, name]) => el("option", { value: key, selected: key === value, text: name })));
  const first = choose("first", a), second = choose("second", b);
  main.replaceChildren(el("h2", { text: w.screen_compare }),
    all.length < 2 ? el("p", { text: w.none }) : el("p", { class: "row" }, el("label", { for: "first", text: "A" }), first,
      el("label", { for: "second", text: "B" }), second,
      el("button", { type: "button", text: w.screen_compare, onclick: () => doing(() => go(`#/compare/${first.value}/${second.value}`)) })));
  if (!a || !b) return;
  const found = await get(`/api/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
  const shown = (value) => typeof value === "number" ? (Number.isInteger(value) || Math.abs(value) >= 100 ? count(value) : value.toPrecision(3)) : value;
  const asTable = (caption, rows) => {
    if (!rows.length) return null;
    const heads = Object.keys(rows[0]);
    const right = heads.map((_, at) => at).filter((at) => rows.every((row) => row[heads[at]] === null || typeof row[heads[at]] === "number"));
    return table(caption, heads.map((head) => state.kinds[head] || head), rows.map((row) => heads.map((head) => shown(row[head]))), right);
  };
  main.append(...[found.warnings.length ? el("ul", { class: "warnings" }, ...found.warnings.map((text) => el("li", { text }))) : null,
    asTable(w.figures, found.figures), asTable(w.people, found.people), asTable(w.differences, found.differences)].filter(Boolean));
}
