// The desk: the map, the plan's figures at once, what a click can do, and the list of what was done.
import { get, getArrays, post, postArrays } from "/page/api.js";
import { doing, go, state, tell } from "/page/app.js";
import { count, el, fill, legendOf, openShare, percent, ruleOf, signed, table, unitOf } from "/page/dom.js";
import { anyGround, groundOf } from "/page/ground.js";
import { CityMap } from "/page/map.js";

const openCity = async (asked) => lay(await post("/api/desks", { ...asked, lang: state.lang }));

/** What a desk holds, for the map and the panel; a page that was loaded anew asks for it again. */
async function lay(contents) {
  const base = `/api/desks/${contents.desk}`;
  const [points, streets] = await Promise.all([getArrays(`${base}/points`), getArrays(`${base}/streets`)]);
  state.city = { contents, points, streets: streets.streets, head: contents, around: null, log: [], fixed: new Map(), lang: state.lang };
  return state.city;
}

export async function desk(main, [what, id]) {
  const w = state.words;
  const told = (id) => get(`/api/desks/${id}/contents?lang=${state.lang}`);
  if (what === "open") { await openCity({ scenario: id }); go(`#/desk/${state.city.contents.desk}`); return undefined; }
  if (what === "result") {
    await openCity({ result: id });
    go(`#/desk/${state.city.contents.desk}`);
    return undefined;
  }
  if (what && !(state.city && state.city.contents.desk === what)) await lay(await told(what));
  const city = state.city;
  if (!city) { main.replaceChildren(el("p", { text: w.open_first }), el("a", { href: "#/shelf", text: w.screen_shelf })); return undefined; }
  if (city.lang !== state.lang) Object.assign(city, { contents: await told(city.contents.desk), lang: state.lang });
  const { contents } = city, base = `/api/desks/${contents.desk}`;
  const nameOf = (f) => contents.formats[f].name;

  const strip = el("section", { class: "strip", "aria-live": "polite", "aria-label": w.figures });
  const canvas = el("canvas", { id: "map", tabindex: "0", role: "application", "aria-label": w.map_label });
  const card = el("section", { class: "card", id: "card", "aria-live": "polite", "aria-label": w.selection });
  const actions = el("ol", { class: "actions", id: "actions" });
  const legend = el("ul", { class: "legend", "aria-label": w.legend });
  const broken = el("ul", { class: "faults", id: "broken" });

  // ---- one change: asked, drawn, told -----------------------------------------------------------
  const took = [];
  let map = null;
  function arrived(answer, line) {
    if (answer.head.revision < city.head.revision) return; // an older answer came late
    const { masks } = city.points, words = map.words;
    answer.points.forEach((point, k) => { for (let i = 0; i < words; i++) masks[point * words + i] = answer.masks[k * words + i]; });
    map.touch(answer.points);
    const before = city.head;
    city.head = answer.head;
    if (line) city.log.push({ line, gained: (answer.head.objective ?? 0) - (before.objective ?? 0), cost: answer.head.cost - before.cost });
    show();
  }
  async function change(steps, line) {
    const begun = performance.now();
    arrived(await postArrays(`${base}/changes`, { revision: city.head.revision, do: steps }), line);
    map.draw();
    took.push(performance.now() - begun);
    canvas.dataset.took = JSON.stringify(took.slice(-300));
  }
  const toggle = (option, selected) => doing(async () => {
    const o = contents.options, f = o.format[option], site = contents.sites.id[o.site[option]];
    const isOpen = city.head.chosen.includes(option);
    await change([{ toggle: option }], fill(isOpen ? w.did_close : w.did_open, { site, format: nameOf(f) }));
    if (selected >= 0) await select(selected);
  });

  function show() {
    const h = city.head, spent = h.rules.find((row) => row.rule === "budget.total" || row.rule === "budget");
    map.open = new Set(h.chosen.map((option) => contents.options.site[option]));
    canvas.dataset.revision = String(h.revision);
    const money = spent ? `${count(h.cost)} / ${count(spent.limit)} ${contents.currency}` : `${count(h.cost)} ${contents.currency}`;
    const proof = h.broken ? ["bad", fill(w.badge_broken, { n: count(h.broken) })]
      : !h.changed && contents.status === "optimal" ? ["proven", w.badge_best]
        : h.distance !== null ? [h.changed ? "hand" : "bounded", fill(h.changed ? w.badge_distance : w.badge_gap, { gap: openShare(h.distance) })]
          : h.changed ? ["hand", w.badge_hand] : ["bounded", w.badge_open];
    strip.replaceChildren(
      figure(w.objective, h.objective === null ? "–" : count(h.objective)), figure(w.cost, money),
      spent && spent.limit > 0 ? el("meter", { min: "0", max: "1", value: String(Math.min(1, spent.used / spent.limit)), "aria-label": w.cost }) : null,
      figure(w.floor, `${count(h.floor_m2)} m²`), el("span", { class: `badge ${proof[0]}`, id: "badge", text: proof[1] }));
    broken.replaceChildren(...h.violations.map((v) => el("li", { text: blockText(v) })));
    const names = map.format >= 0 ? [w.legend_blind, w.legend_had, w.legend_new] : w.shares.split("|");
    legend.replaceChildren(...legendOf(map, names).reverse());
    people.replaceChildren(peopleTable());
    actions.replaceChildren(...city.log.map((row) => el("li", { text: row.gained === null ? row.line
      : fill(w.did, { step: row.line, people: signed(row.gained), cost: signed(row.cost), currency: contents.currency }) })));
    undo.disabled = !h.undo;
    reset.disabled = !h.changed;
    redo.disabled = !h.redo;
    map.later();
  }
  const figure = (name, value) => el("span", { class: "figure" }, el("b", { text: value }), el("small", { text: name }));
  function blockText(row) {
    const told = row.kind === "rule" ? "" : state.kinds[`block_${row.kind}`] || row.kind, unit = unitOf(row, contents);
    const where = row.kind === "floor" ? row.label : ruleOf(row, contents);
    const what = [told, where].filter(Boolean).join(" · ");
    // Of a condition that holds or does not (a host, together, apart) there is no amount.
    if (!row.unit && !["min_coverage", "share"].includes(row.kind)) return what;
    return fill(w.short_by, { what, short: count(row.short), limit: count(row.limit), unit });
  }
  function peopleTable() {
    const rows = [];
    for (const format of contents.formats) {
      for (const [group, all] of Object.entries(contents.people[format.id] || {})) {
        const had = (contents.coverage_before[format.id] || {})[group] || 0, has = (city.head.coverage[format.id] || {})[group] || 0;
        rows.push([format.name, state.kinds[group] || group, percent(all ? had / all : null), percent(all ? has / all : null), count(has - had)]);
      }
    }
    return table(w.people, [w.format, w.group, w.before, w.after, w.gained], rows, [2, 3, 4]);
  }

  // ---- what is selected ---------------------------------------------------------------------------
  async function select(site) {
    map.selected = site;
    map.later();
    const filter = map.format >= 0 ? `?format=${map.format}` : "";
    const [found, near] = await Promise.all([get(`${base}/sites/${site}`), getArrays(`${base}/sites/${site}/reach${filter}`)]);
    if (map.selected !== site) return; // another was chosen meanwhile
    map.tint = new Set(near.points); // whom it would serve; all others fade
    canvas.dataset.tinted = String(near.points.length);
    map.later();
    const area = contents.sites.area_m2[site];
    const rows = found.options.map((row) => el("li", {},
      el("b", { text: `${nameOf(row.format)} · ${contents.options.size[row.option]}` }),
      el("span", { text: row.open ? fill(w.option_open, { loss: count(row.loss) })
        : fill(w.option_closed, { gain: count(row.gain), cost: count(row.cost), each: row.gain > 0 ? count(row.cost / row.gain) : "–" }) }),
      ...row.blocks.map((block) => el("small", { class: "block", text: blockText(block) })),
      el("button", { type: "button", text: row.open ? w.close : w.open, onclick: () => toggle(row.option, site) }), ...holding(row, site)));
    card.replaceChildren(el("h3", { text: `${w.premises} ${found.id}` }),
      el("p", { text: [contents.sites.district ? contents.sites.district[site] : "", area === null ? "" : fill(w.floor_used, { used: count(found.floor_used_m2), area: count(area) })].filter(Boolean).join(" · ") }),
      el("ul", { class: "options" }, ...rows));
  }
  /** Buttons that lock or forbid a format here, for the engine's next plan. */
  function holding(row, site) {
    const place = `${contents.sites.id[site]}/${contents.formats[row.format].id}`;
    return ["lock", "forbid"].map((what) => el("button", { type: "button", text: w[what], "aria-pressed": String(city.fixed.get(place) === what),
      onclick: () => doing(async () => {
        if (city.fixed.get(place) === what) city.fixed.delete(place); else city.fixed.set(place, what);
        showFixed();
        await select(site);
      }) }));
  }
  const fixed = el("ul", { class: "fixed", id: "fixed", "aria-label": w.fixed });
  function showFixed() {
    fixed.replaceChildren(...[...city.fixed].map(([place, what]) => el("li", {}, el("span", { text: `${w[what]} · ${place}` }),
      el("button", { type: "button", text: w.release, "aria-label": `${w.release}: ${place}`, onclick: () => { city.fixed.delete(place); showFixed(); } }))));
  }
  function deselect() {
    map.selected = -1;
    map.tint = null;
    delete canvas.dataset.tinted;
    map.later();
  }
  async function selectPoint(point) {
    deselect();
    const found = await get(`${base}/people/${point}`);
    card.replaceChildren(el("h3", { text: `${w.place} ${found.id}` }),
      el("p", { text: Object.entries(found.people).map(([group, n]) => `${state.kinds[group] || group} ${count(n)}`).join(" · ") }),
      found.street_m === null ? null : el("p", { text: fill(w.street_at, { metres: count(found.street_m) }) }),
      el("ul", { class: "options" }, ...found.nearest.map((row) => el("li", {}, el("b", { text: nameOf(row.format) }),
        el("span", { text: row.outlet === null ? w.none_near : `${row.outlet} · ${count(row.metres)} m${row.minutes === null ? "" : ` · ${fill(w.minutes, { n: row.minutes.toFixed(1) })}`}${row.in_reach ? "" : ` · ${w.too_far}`}` })))));
  }
  let lifted = null;
  async function lift(site) {
    const option = city.head.chosen.find((each) => contents.options.site[each] === site);
    if (option === undefined) return;
    lifted = { site, option };
    const format = contents.options.format[option];
    const answer = await getArrays(`${base}/gains?format=${format}`);
    if (!lifted) return;
    map.glow = new Map();
    answer.options.forEach((each, k) => {
      const at = contents.options.site[each];
      if (answer.gains[k] > 0 && contents.sites.kind[at] === "") map.glow.set(at, Math.max(answer.gains[k], map.glow.get(at) || 0));
    });
    map.later();
  }
  const drop = (from, to) => doing(async () => {
    const was = lifted;
    lifted = null;
    map.glow = null;
    map.later();
    if (!was || to < 0 || to === from) return;
    const format = contents.formats[contents.options.format[was.option]].id;
    await change([{ move: { site: contents.sites.id[from], to: contents.sites.id[to], format } }],
      fill(w.did_move, { site: contents.sites.id[from], to: contents.sites.id[to], format: nameOf(contents.options.format[was.option]) }));
    await select(to);
  });

  // ---- the panel ------------------------------------------------------------------------------------
  const button = (text, step, id) => el("button", { type: "button", id, text, onclick: () => doing(step) });
  const back = (path) => async () => { arrived(await postArrays(`${base}/${path}`, {}), null); city.log.push({ line: w[path], gained: null }); show(); };
  const undo = button(w.undo, back("undo"), "undo"), redo = button(w.redo, back("redo"), "redo");
  const formatChoice = el("select", { id: "format", onchange: () => { map.format = Number(formatChoice.value); map.classify(); show(); } },
    el("option", { value: "-1", text: w.all_formats }), ...contents.formats.map((format, f) => el("option", { value: String(f), text: format.name })));
  const here = [...new Set(contents.sites.district || [])].filter(Boolean);
  function showDistrict(name) {
    const { x, y, district } = contents.sites, inside = x.map((_, s) => s).filter((s) => district[s] === name);
    const mean = (of) => inside.reduce((sum, s) => sum + of[s], 0) / inside.length;
    deselect();
    map.centreAt(mean(x), mean(y));
  }
  const search = el("input", { type: "search", id: "search", list: "site-ids", onchange: () => doing(async () => {
    const asked = search.value.trim(), site = contents.sites.id.indexOf(asked);
    if (site < 0 && here.includes(asked)) { showDistrict(asked); return; }
    const format = contents.formats.findIndex((each) => each.id === asked || each.name === asked);
    if (site < 0 && format >= 0) { formatChoice.value = String(format); formatChoice.dispatchEvent(new Event("change")); return; }
    if (site < 0) { tell(new Error(fill(w.no_site, { id: search.value }))); return; }
    map.centre(site);
    await select(site);
  }) });
  const reset = button(w.reset, async () => {
    if (!window.confirm(w.reset_sure)) return;
    const answer = await postArrays(`${base}/reset`, {});
    Object.assign(city, { head: answer.head, log: [] });
    city.points.masks = answer.masks;
    map.classify();
    show();
  }, "reset");
  const layer = (name) => el("label", {}, el("input", { type: "checkbox", id: `layer-${name}`, checked: map ? map.show[name] : true,
    onchange: (event) => { map.show[name] = event.target.checked; map.later(); } }), w[`layer_${name}`]);
  const layers = [...(state.basemap && contents.frame ? ["basemap"] : []), "streets", "premises", "outlets"].map(layer);
  const further = el("span", { class: "tools" }); // layers that come once the map stands
  const moment = el("label", {}, el("input", { type: "checkbox", onchange: (event) => { map.moment = event.target.checked ? "before" : "after"; map.classify(); show(); } }), w.show_before);
  const people = el("div");
  const next = button(w.next, async () => {
    const found = await get(`${base}/next?k=12`);
    card.replaceChildren(el("h3", { text: w.next }), !found.length ? el("p", { text: w.next_none }) : el("ul", { class: "options" }, ...found.map((row) => el("li", {},
      el("b", { text: `${row.site} · ${nameOf(contents.formats.findIndex((each) => each.id === row.format))} ${row.size}` }),
      el("span", { text: fill(w.option_closed, { gain: count(row.gain), cost: count(row.cost), each: row.gain > 0 ? count(row.cost / row.gain) : "–" }) }),
      el("button", { type: "button", text: w.open, onclick: () => toggle(row.option, -1) })))));
  }, "next");
  const check = button(w.judge, async () => {
    const told = await get(`${base}/check`);
    document.getElementById("badge").textContent += ` · ${told.feasible ? w.judged : fill(w.badge_broken, { n: told.violations.length })}`;
  }, "judge");
  const engine = (keep) => async () => {
    const job = await post(`${base}/solve`, { time_limit: 60, keep, lang: state.lang });
    go(`#/jobs/${job.id}`);
  };
  const mostChanges = el("input", { type: "number", min: "0", step: "1", id: "most-changes" });
  const replan = async () => {
    const of = (what) => [...city.fixed].filter(([, told]) => told === what).map(([place]) => place);
    const job = await post(`${base}/solve`, { process: "replan", time_limit: 60, lock: of("lock"), forbid: of("forbid"),
      changes: mostChanges.value === "" ? null : Number(mostChanges.value), lang: state.lang });
    go(`#/jobs/${job.id}`);
  };
  const variantName = el("input", { id: "variant-name", maxlength: "60" });
  const saved = el("span", { role: "status", id: "variant-saved" });
  const saveVariant = async () => {
    const name = variantName.value.trim(), path = `${base}/variant`;
    if (!name) { variantName.focus(); return; }
    try {
      await post(path, { name });
    } catch (error) {
      if (error.status !== 409 || !window.confirm(`${error.message}\n${w.variant_again}`)) throw error;
      await post(path, { name, again: true });
    }
    saved.textContent = fill(w.variant_saved, { name });
  };
  main.replaceChildren(strip, el("div", { class: "desk" },
    el("div", { class: "left" }, el("div", { class: "tools" },
      el("label", { for: "format", text: w.format }), formatChoice, ...layers, further, moment,
      ...[["+", w.zoom_in, 1.5], ["−", w.zoom_out, 1 / 1.5]].map(([text, name, by]) => el("button", { type: "button", text, "aria-label": name, onclick: () => map.zoom(by) }))), canvas, legend),
    el("aside", { class: "panel", "aria-label": w.selection },
      el("p", { class: "row" }, el("label", { for: "search", text: w.search }), search,
        el("datalist", { id: "site-ids" }, ...contents.sites.id.slice(0, 2000).map((value) => el("option", { value })),
          ...here.map((value) => el("option", { value, label: `${value} · ${w.district}` })), ...contents.formats.map(({ name }) => el("option", { value: name, label: `${name} · ${w.format}` })))),
      el("p", { class: "row" }, undo, redo, reset, next, check), card, broken,
      el("h3", { text: w.actions }), actions,
      el("p", { class: "row" }, el("a", { class: "button", href: `${base}/plan.csv`, download: "plan.csv", text: w.save_plan }),
        button(w.finish, engine(true), "finish"), button(w.improve, engine(false), "improve")),
      fixed, el("p", { class: "row" }, el("label", { for: "most-changes", text: w.most_changes }), mostChanges, button(w.replan, replan, "replan")),
      state.readOnly ? null : el("p", { class: "row" }, el("label", { for: "variant-name", text: w.variant_name }), variantName,
        button(w.save_variant, saveVariant, "variant"), saved), people)));
  map = new CityMap(canvas, city, { site: (site) => doing(() => select(site)), point: (point) => doing(() => selectPoint(point)), lift: (site) => doing(() => lift(site)), drop });
  async function surround() {
    city.around ||= groundOf(await get(`${base}/ground`));
    const { ground, walls } = city.around;
    further.replaceChildren(...[anyGround(ground) ? layer("ground") : null, walls ? layer("compounds") : null].filter(Boolean));
    canvas.dataset.around = "yes";
    map.later();
  }
  const keys = (event) => {
    if (event.key === "Escape") deselect();
    if (!(event.ctrlKey || event.metaKey) || event.target.tagName === "INPUT") return;
    if (event.key === "z") { event.preventDefault(); undo.click(); }
    if (event.key === "y") { event.preventDefault(); redo.click(); }
  };
  window.addEventListener("keydown", keys);
  city.map = map;
  show();
  showFixed();
  doing(surround);
  return () => window.removeEventListener("keydown", keys);
}
