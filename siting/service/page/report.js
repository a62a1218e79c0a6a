// Stored reports, in a frame that is nobody's origin; a result's files, documents and quarter.
import { get, post, send } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { el, jobName, planned } from "/page/dom.js";

const FORMATS = ["docx", "xlsx", "pdf", "html", "gpkg", "png", "svg"], QUARTERLY = ["docx", "xlsx", "html", "pdf"];

export async function report(main, [id]) {
  const w = state.words;
  if (!id) {
    const [shelf, jobs] = await Promise.all([get("/api/scenarios"), get("/api/jobs")]);
    const rows = [...shelf.results.map((row) => [row.id, row.path]), ...jobs.filter(planned).map((job) => [job.id, jobName(job)])];
    main.replaceChildren(el("h2", { text: w.screen_reports }), rows.length
      ? el("ul", {}, ...rows.map(([key, name]) => el("li", {}, el("a", { href: `#/reports/${key}`, text: name })))) : el("p", { text: w.none }));
    return;
  }
  const base = `/api/results/${id}`, files = await get(`${base}/files`);
  const link = (path, text) => el("a", { href: `${base}/${path}`, download: text, text });
  const choices = (names, first) => names.map((name, k) => [name, el("input", { type: "checkbox", value: name, checked: k < first })]);
  const boxes = (made) => made.map(([name, box]) => el("label", {}, box, name));
  const chosen = (made) => made.filter(([, box]) => box.checked).map(([name]) => name);
  const formats = choices(FORMATS, 2), quarterly = choices(QUARTERLY, 2);
  const button = (text, step, key) => el("button", { type: "button", id: key, text, onclick: () => doing(step) });
  const documents = async () => {
    const job = await post(`${base}/documents`, { format: chosen(formats), lang: state.lang });
    go(`#/jobs/${job.id}`);
  };
  const ledger = el("input", { type: "file", id: "ledger", accept: ".xlsx,.csv" });
  const quarter = el("input", { id: "quarter", size: "8", value: lastQuarter(new Date()) });
  const progress = async () => {
    if (!ledger.files.length) { ledger.focus(); throw new Error(w.ledger_first); }
    const form = new FormData();
    form.append("ledger", ledger.files[0]);
    form.append("quarter", quarter.value);
    form.append("lang", state.lang);
    for (const name of chosen(quarterly)) form.append("format", name);
    const job = await send(`${base}/progress`, form, () => undefined);
    go(`#/jobs/${job.id}`);
  };
  main.replaceChildren(...[el("h2", { text: w.report }),
    el("p", { class: "row" }, ...files.map((name) => link(`files/${name}`, name)), link("bundle.zip", "bundle.zip"), el("small", { text: w.bundle })),
    el("h3", { text: w.documents }),
    el("p", { class: "row" }, ...boxes(formats), button(w.write_documents, documents, "documents")),
    el("h3", { text: w.quarterly }),
    el("p", { class: "row" }, link(`ledger.xlsx?lang=${state.lang}`, "ledger.xlsx"), el("small", { text: w.ledger_hint })),
    state.readOnly ? null : el("p", { class: "row" }, el("label", { for: "ledger", text: w.ledger }), ledger, el("label", { for: "quarter", text: w.quarter }), quarter,
      ...boxes(quarterly), button(w.write_documents, progress, "progress")),
    ...(files.includes("report.html") ? [el("h3", { text: w.report_page }), el("iframe", { class: "report", sandbox: "allow-scripts", src: `${base}/report`, title: w.report,
      onload: () => { main.dataset.report = id; } })] : [])].filter(Boolean));
}

/** The quarter that has ended, as the report of it is due now: 2026Q3. */
function lastQuarter(day) {
  const at = day.getFullYear() * 4 + Math.floor(day.getMonth() / 3) - 1;
  return `${Math.floor(at / 4)}Q${(at % 4) + 1}`;
}
