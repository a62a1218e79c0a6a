// Jobs: what waits, runs and has ended; a running one with its curve of plan and bound.
import { get, post, remove } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { chart } from "/page/chart.js";
import { count, el, openShare, table } from "/page/dom.js";

export async function jobs(main, [id]) {
  const w = state.words;
  const button = (text, step) => el("button", { type: "button", onclick: () => doing(step), text });
  const place = el("div");
  const rowsOf = (list) => list.map((job) => [el("a", { href: `#/jobs/${job.id}`, text: job.name }), w[`process_${job.process}`],
    state.kinds[job.state] || job.state, `${job.progress}%`, state.kinds[job.message] || job.message.slice(0, 120),
    el("span", { class: "buttons" },
      job.state === "running" ? button(w.stop, async () => { await post(`/api/jobs/${job.id}/stop`, {}); }) : null,
      job.state === "failed" ? button(w.resume, () => resume(job.id)) : null,
      button(w.discard, async () => { await remove(`/api/jobs/${job.id}`); await jobs(main, []); }))]);
  async function resume(which) {
    await post(`/api/jobs/${which}/resume`, {});
    go(`#/jobs/${which}`);
  }
  async function list() {
    const rows = rowsOf(await get("/api/jobs"));
    const none = el("p", { text: w.none });
    place.replaceChildren(rows.length
      ? table(w.screen_jobs, [w.name, w.process, w.status, w.progress, w.message, w.steps], rows, [3]) : none);
  }
  await list();
  main.replaceChildren(el("h2", { text: w.screen_jobs }), place);
  if (!id) return undefined;
  main.dataset.job = main.dataset.objective = ""; // nothing is known of this one yet
  const canvas = el("canvas", { class: "chart", role: "img", "aria-label": w.curve });
  const line = el("p", { role: "status", "aria-live": "polite", id: "job-line" });
  const done = el("p", { class: "row" });
  main.append(el("h2", { text: w.curve }), line, canvas, done);
  const found = [], bounds = [];
  const source = new EventSource(`/api/jobs/${id}/events?lang=${document.documentElement.lang}`);
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    main.dataset.objective = String(told.objective ?? "");
    if (told.objective !== null) found.push([told.t, told.objective]);
    if (told.bound !== null) bounds.push([told.t, told.bound]);
    line.textContent = [state.kinds[told.stage] || told.stage, `${told.t.toFixed(1)} s`,
      told.objective === null ? "" : `${w.objective} ${count(told.objective)}`,
      told.gap === null ? "" : `${w.gap} ${openShare(told.gap)}`, told.note].filter(Boolean).join(" · ");
    chart(canvas, [{ name: w.plan, colour: "#d55e00", points: found }, { name: w.bound, colour: "#0072b2", dash: [5, 4], points: bounds }],
      { xName: w.seconds, yName: w.objective, step: true, fromZero: true });
  });
  const words = async (which) => (await fetch(`/api/jobs/${which}/answer`)).text();
  source.addEventListener("state", async (event) => {
    const job = JSON.parse(event.data);
    main.dataset.job = job.state;
    doing(list);
    if (job.state === "running") done.replaceChildren(button(w.stop, () => post(`/api/jobs/${id}/stop`, {})));
    if (!["successful", "failed", "dismissed"].includes(job.state)) return;
    source.close();
    line.textContent = [state.kinds[job.state], job.state === "failed" ? job.message : "",
      job.outcome && typeof job.outcome.objective === "number" ? `${w.objective} ${count(job.outcome.objective)}` : "",
      job.outcome && typeof job.outcome.gap === "number" ? `${w.gap} ${openShare(job.outcome.gap)}` : ""].filter(Boolean).join(" · ");
    done.replaceChildren(...(job.state === "failed" ? [button(w.resume, () => resume(id))]
      : job.state !== "successful" ? []
      : ["report", "progress"].includes(job.process) ? (await get(`/api/jobs/${id}/files`)).map((name) =>
        el("a", { class: "button", href: `/api/jobs/${id}/files/${name}`, download: name, text: name }))
      : ["explain", "alternatives", "compare"].includes(job.process)
        ? [el("pre", { class: "answer", text: await words(id), tabindex: "0", "aria-label": w[`process_${job.process}`] })]
      : job.process === "frontier" ? [button(w.screen_budget, () => go(`#/budget/${id}`))]
        : [button(w.report, () => go(`#/reports/${id}`)), button(w.put_on_desk, () => go(`#/desk/result/${id}`))]));
  });
  return () => source.close();
}
