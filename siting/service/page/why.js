// Why: what binds, what to buy next, who lacks what where, and the deep explanation as a job.
import { get, post } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { clock, count, el, fill, ruleOf, table, unitOf } from "/page/dom.js";

export async function why(main) {
  const w = state.words, city = state.city;
  if (!city) { main.replaceChildren(el("h2", { text: w.screen_why }), el("p", { text: w.open_first }), el("a", { href: "#/shelf", text: w.screen_shelf })); return; }
  const { contents } = city, base = `/api/desks/${contents.desk}`;
  const nameOf = (id) => (contents.formats.find((each) => each.id === id) || { name: id }).name;
  const [head, next, lacking, jobs] = await Promise.all([get(base), get(`${base}/next?k=12`), get(`${base}/gaps?lang=${state.lang}`), get("/api/jobs")]);
  const binds = (row) => row.sense === "<=" ? row.used >= row.limit : row.used <= row.limit;
  const rules = head.rules.map((row) => [ruleOf(row, contents), count(row.used), count(row.limit), unitOf(row, contents),
    row.short > 0 ? w.rule_broken : binds(row) ? w.rule_binds : w.rule_free]);
  const gaps = lacking.rows, names = lacking.names;
  const told = (value, name) => name === "format" ? nameOf(value) : typeof value === "number" ? count(value) : names[value] || state.kinds[value] || value;
  const heads = gaps.length ? Object.keys(gaps[0]) : [];
  const numbers = heads.map((_, at) => at).filter((at) => gaps.every((row) => row[heads[at]] === null || typeof row[heads[at]] === "number"));
  const explain = el("button", { type: "button", id: "explain", text: w.explain, disabled: contents.result === null, onclick: () => doing(async () => {
    const job = await post(`${base}/solve`, { process: "explain", time_limit: 120, lang: state.lang });
    go(`#/jobs/${job.id}`);
  }) });
  const answers = jobs.filter((job) => job.process === "explain" && job.state === "successful");
  main.replaceChildren(el("h2", { text: w.screen_why }),
    table(w.rules_now, [w.rule, w.used, w.limit, w.unit, w.status], rules, [1, 2]),
    el("h2", { text: w.next }),
    !next.length ? el("p", { text: w.next_none }) : table(w.next, [w.premises, w.format, w.gained, w.cost], next.map((row) => [row.site, nameOf(row.format), count(row.gain), count(row.cost)]), [2, 3]),
    el("h2", { text: w.explain }), el("p", { class: "row" }, explain, el("span", { text: contents.result === null ? w.explain_stored : w.explain_hint }),
      ...answers.map((job) => el("a", { href: `#/jobs/${job.id}`, text: fill(w.explain_of, { name: job.name, at: clock(job.finished) }) }))),
    el("h2", { text: w.gaps }),
    table(w.gaps, heads.map((name) => names[name]), gaps.map((row) => heads.map((name) => told(row[name], name))), numbers));
}
