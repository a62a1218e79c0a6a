// Stored reports, in a frame that is nobody's origin, and the files of a result.
import { get } from "/page/api.js";
import { state } from "/page/app.js";
import { el } from "/page/dom.js";

const FILES = ["result.json", "sites.gpkg", "certificate.npz", "report.html"];

export async function report(main, [id]) {
  const w = state.words;
  if (!id) {
    const [shelf, jobs] = await Promise.all([get("/api/scenarios"), get("/api/jobs")]);
    const rows = [...shelf.results.map((row) => [row.id, row.path]),
      ...jobs.filter((job) => job.state === "successful" && job.process === "solve").map((job) => [job.id, `${job.name} · ${job.finished.slice(0, 19)}`])];
    main.replaceChildren(el("h2", { text: w.screen_reports }), rows.length
      ? el("ul", {}, ...rows.map(([key, name]) => el("li", {}, el("a", { href: `#/reports/${key}`, text: name })))) : el("p", { text: w.none }));
    return;
  }
  const jobs = await get("/api/jobs"), mine = jobs.some((job) => job.id === id);
  main.replaceChildren(el("h2", { text: w.report }),
    mine ? el("p", { class: "row" }, ...FILES.map((name) => el("a", { href: `/api/jobs/${id}/files/${name}`, download: name, text: name })),
      el("a", { href: `/api/jobs/${id}/bundle.zip`, download: "bundle.zip", text: w.bundle })) : null,
    el("iframe", { class: "report", sandbox: "allow-scripts", src: `/api/results/${id}/report`, title: w.report,
      onload: () => { main.dataset.report = id; } }));
}
