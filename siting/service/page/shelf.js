// The shelf: scenarios and results, what may be done with them, and where a zip is dropped.
import { get, post, remove, send } from "/page/api.js";
import { doing, go, state } from "/page/app.js";
import { count, el, fill, jobName, openShare, planned, table } from "/page/dom.js";

export async function shelf(main) {
  const w = state.words, [found, jobs] = await Promise.all([get("/api/scenarios"), get("/api/jobs")]);
  const outcome = el("section", { "aria-live": "polite", id: "outcome" });
  const button = (text, step, name) => el("button", { type: "button", onclick: () => doing(step), text, "aria-label": name ? `${text}: ${name}` : null });
  const faults = (list) => el("ul", { class: "faults" }, ...list.map((fault) => el("li", { text: fault.text })));
  const check = async (id) => {
    outcome.replaceChildren(el("p", { text: w.wait }));
    const told = await get(`/api/scenarios/${id}/check?lang=${state.lang}`);
    outcome.replaceChildren(...[
      el("h2", { text: told.ok ? fill(w.check_ok, { name: told.name }) : fill(w.check_faults, { n: count(told.faults.length) }) }),
      told.ok ? el("p", { text: fill(w.check_contents, { people: count(told.people), points: count(told.points),
        sites: count(told.sites), outlets: count(told.outlets) }) }) : faults(told.faults),
      told.ok && told.warnings.length ? el("ul", { class: "warnings" }, ...told.warnings.map((text) => el("li", { text }))) : null].filter(Boolean));
  };
  const seconds = el("input", { type: "number", min: "1", max: "3600", value: "60", id: "seconds" });
  const solve = async (id) => {
    const job = await post("/api/jobs", { scenario: id, time_limit: Number(seconds.value), lang: state.lang });
    go(`#/jobs/${job.id}`);
  };
  const scenarios = found.scenarios.map((row) => [row.path, el("span", { class: "buttons" },
    button(w.open_scenario, () => go(`#/desk/open/${row.id}`), row.path), button(w.check, () => check(row.id), row.path),
    button(w.solve, () => solve(row.id), row.path),
    row.uploaded && !state.readOnly ? button(w.remove, async () => { await remove(`/api/scenarios/${row.id}`); await shelf(main); }, row.path) : null)]);
  const solved = jobs.filter(planned).map((job) => ({ id: job.id, path: jobName(job), ...job.outcome }));
  const results = [...found.results, ...solved].map((row) => [row.path, state.kinds[row.status] || row.status || "–", count(row.objective),
    openShare(row.gap), el("span", { class: "buttons" }, button(w.put_on_desk, () => go(`#/desk/result/${row.id}`), row.path),
      button(w.report, () => go(`#/reports/${row.id}`), row.path))]);
  main.replaceChildren(...[
    el("h2", { text: w.scenarios }),
    table(w.scenarios, [w.name, w.steps], scenarios),
    el("p", { class: "row" }, el("label", { for: "seconds", text: w.seconds }), seconds),
    state.readOnly ? null : uploading(outcome, () => shelf(main)), outcome,
    el("h2", { text: w.results }),
    results.length ? table(w.results, [w.name, w.status, w.objective, w.gap, w.steps], results, [2, 3]) : el("p", { text: w.none })].filter(Boolean));
}

/** Where a zip or a folder is chosen or dropped: how far it is, what came of it, or every fault in words. */
function uploading(outcome, renew) {
  const w = state.words;
  const share = el("progress", { max: "1", value: "0", hidden: true, "aria-label": w.uploading });
  /** @param {[string, File][]} files each with its path below the folder's parent; a zip is one. */
  const take = (files) => doing(async () => {
    if (!files.length) return;
    const form = new FormData(), name = files[0][0].split("/")[0];
    for (const [path, file] of files) form.append("file", file, path);
    share.hidden = false;
    outcome.replaceChildren(el("p", { text: fill(w.uploading_file, { name }) }));
    try {
      const told = await send("/api/scenarios", form, (part) => { share.value = part; });
      await renew();
      document.getElementById("outcome").replaceChildren(el("p", { text: fill(w.uploaded, { name, held: told.entries.map((each) => each.path).join(", ") }) }));
    } catch (error) {
      const lines = error.faults && error.faults.length ? error.faults : [{ text: error.message }];
      outcome.replaceChildren(el("h2", { text: fill(w.upload_refused, { name }) }),
        el("ul", { class: "faults", role: "alert" }, ...lines.map((fault) => el("li", { text: fault.text }))));
    } finally {
      share.hidden = true;
      for (const each of [chosen, folder]) each.value = "";
    }
  });
  const named = (file) => [file.webkitRelativePath || file.name, file];
  const chosen = el("input", { type: "file", class: "unseen", accept: ".zip,application/zip", id: "upload", onchange: () => take([...chosen.files].map(named)) });
  const folder = el("input", { type: "file", class: "unseen", webkitdirectory: true, id: "upload-folder", onchange: () => take([...folder.files].map(named)) });
  const zone = el("div", { class: "drop", id: "drop" }, el("label", { for: "upload", class: "button", text: w.upload }), chosen,
    el("label", { for: "upload-folder", class: "button", text: w.upload_folder }), folder, el("small", { text: w.upload_hint }), share);
  const over = (is) => (event) => { event.preventDefault(); zone.classList.toggle("over", is); };
  for (const [name, is] of [["dragenter", true], ["dragover", true], ["dragleave", false]]) zone.addEventListener(name, over(is));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    doing(async () => take(entries.length ? (await Promise.all(entries.map(inside))).flat() : [...event.dataTransfer.files].map(named)));
  });
  return zone;
}

/** All files of what was dropped, each with its path: a folder's are read a hundred at a time. */
async function inside(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) return [[path, await new Promise((found, failed) => entry.file(found, failed))]];
  const reader = entry.createReader(), held = [];
  for (;;) {
    const more = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!more.length) break;
    held.push(...more);
  }
  return (await Promise.all(held.filter((each) => !each.name.startsWith(".")).map(inside))).flat();
}
