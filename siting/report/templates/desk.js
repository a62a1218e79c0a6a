// The desk: opens, closes and moves outlets of the plan, and tells what follows, old against new.
async function openDesk(page, data, state) {
  if (typeof DecompressionStream === "undefined") return; // an old browser keeps the map without it
  const stream = new Blob([bytes(data.packed)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const arrays = arraysOf(data.layout, await new Response(stream).arrayBuffer());
  page.desk = new Desk(page, data, new WhatIf(data.head, arrays), state);
  document.getElementById("desk").hidden = false;
  document.body.dataset.desk = "ready";
}

class Desk {
  constructor(page, data, plan, state) {
    Object.assign(this, { page, data, plan, done: [], undone: [], selected: -1, lifted: -1 });
    this.sites = page.city.sites;
    this.old = this.figures();
    this.oldMarks = new Map(page.stored.marks.map((mark) => [mark.k, mark]));
    this.plans = [page.today, page.stored]; // that may stand beside the plan
    const find = (name) => document.getElementById(`desk-${name}`);
    this.find = find;
    const on = (name, act, event = "click") => find(name) && find(name).addEventListener(event, () => act());
    on("undo", () => this.back(this.done, this.undone));
    on("redo", () => this.back(this.undone, this.done));
    on("reset", () => this.put(this.plan.stored));
    on("save", () => this.save());
    on("copy", () => this.copy(data.command, words.desk_copied));
    on("link", () => this.copy(page.link(), words.desk_link_copied));
    on("find", () => this.search(), "change");
    on("beside", () => this.setBeside(), "change");
    on("difference", () => this.setBeside(), "change");
    if (data.frontier) this.openFrontier();
    find("beside").append(...this.plans.map((view, k) => new Option(view.name, String(k))));
    for (let k = 0; k < Math.min(this.sites.id.length, 2000); k++) find("ids").append(new Option(this.sites.id[k]));
    document.addEventListener("keydown", (event) => this.key(event));
    if (state.get("plan") === data.digest) this.take(state);
    this.tell();
  }

  // ---- steps -----------------------------------------------------------------------------------

  step(added, removed) {
    if (!added.length && !removed.length) return;
    this.plan.put(added, removed);
    this.done.push([added, removed]);
    this.undone = [];
    this.changed();
  }
  back(from, to) {
    const step = from.pop();
    if (!step) return;
    const [added, removed] = from === this.done ? [step[1], step[0]] : step;
    this.plan.put(added, removed);
    to.push(step);
    this.changed();
  }
  // Another plan altogether, as one step.
  put(options) {
    const wanted = new Set(options), now = this.plan.chosen();
    this.step(options.filter((o) => !this.plan.open[o]), now.filter((o) => !wanted.has(o)));
  }
  changed() {
    if (this.page.look.moment !== "after") this.page.setMoment("after");
    this.tell();
    this.page.refresh();
  }

  // ---- figures -----------------------------------------------------------------------------------

  figures() {
    const { plan } = this, chosen = plan.chosen(), exact = plan.exact();
    const people = formats.map(() => 0), units = this.data.head.person_units;
    for (const [f, , t] of this.data.head.reported) people[f] += plan.covered[t] / units;
    return { objective: exact === null ? null : Number(exact[0]) / Number(exact[1]), people,
      outlets: chosen.filter((o) => plan.a.action[o] === 0).length, cost: plan.cost,
      floor: plan.area.reduce((sum, area) => sum + area, 0), broken: plan.violations() };
  }
  get same() { return !this.difference().some((part) => part.length); }
  // Options that the report's plan has not, and those that only it has.
  difference() {
    const { open, a } = this.plan, added = [], removed = [];
    for (let o = 0; o < open.length; o++) if (open[o] !== a.chosen[o]) (open[o] ? added : removed).push(o);
    return [added, removed];
  }

  tell() {
    const now = this.figures(), { old, data, find } = this, same = this.same;
    const number = (value) => (value === null ? "–" : count(value));
    const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "±") + count(Math.abs(value));
    const row = (name, was, is) => {
      const line = document.createElement("tr");
      line.append(element("th", name), element("td", number(was)), element("td", number(is)),
        element("td", was === null || is === null ? "–" : signed(is - was)));
      line.firstChild.scope = "row";
      if (was !== is) line.className = "differs";
      return line;
    };
    find("figures").replaceChildren(
      row(data.objective, old.objective, now.objective), row(words.outlets_opened, old.outlets, now.outlets),
      row(words.money_spent, old.cost, now.cost), row(words.desk_floor, old.floor, now.floor),
      row(words.desk_broken, old.broken.length, now.broken.length),
      ...formats.map((format, f) => row(format.name, old.people[f], now.people[f])));
    find("broken").replaceChildren(...now.broken.map((one) => element("li", this.wrong(one))));
    find("undo").disabled = !this.done.length;
    find("redo").disabled = !this.undone.length;
    find("reset").disabled = same;
    document.getElementById("desk").classList.toggle("untouched", same); // nothing to print then
    this.say(this.proof(now, same));
    const [added, removed] = this.difference();
    find("log").replaceChildren(...added.map((o) => element("li", `${words.desk_open} · ${this.called(o)}`)),
      ...removed.map((o) => element("li", `${words.desk_close} · ${this.called(o)}`)));
    this.view(now, added, removed);
    this.card();
  }
  say(text) { this.find("say").textContent = text; }
  // How far the plan is from what was proven; a plan that breaks a rule is beyond the proof.
  proof(now, same) {
    if (same) return words.desk_same_plan;
    if (now.broken.length) return words.desk_breaks.replace("{n}", count(now.broken.length));
    if (now.objective === null || this.data.bound === null || this.data.head.priced !== null || !now.objective) return words.desk_by_hand;
    const open = Math.max(0, this.data.bound - now.objective), share = open / now.objective;
    // More than a whole is no share that says anything.
    return words.desk_distance.replace("{gap}", share > 1 ? count(open) : openShare(share));
  }

  // What the map shows of the plan as it is.
  view(now, added, removed) {
    const { plan, sites, page } = this, marks = new Map(), fresh = new Set(added);
    for (const o of plan.chosen()) {
      const k = page.city.drawn.get(plan.a.site[o]);
      if (k === undefined) continue;
      if (!marks.has(k)) {
        const old = this.oldMarks.get(k);
        marks.set(k, { k, no: old ? old.no : "+", gain: old ? old.gain : 0, rows: [], added: false, options: [] });
      }
      const mark = marks.get(k), old = this.oldMarks.get(k);
      const told = old && !fresh.has(o) ? old.rows.find((row) => row[0] === plan.a.format[o]) : undefined;
      mark.rows.push(told || [plan.a.format[o], `${formats[plan.a.format[o]].name} · ${this.sizeOf(o)}`]);
      mark.added ||= fresh.has(o);
      mark.options.push(o);
    }
    const closed = new Set(removed.map((o) => page.city.drawn.get(plan.a.site[o])));
    page.plan = { name: words.desk_now, told: now.people, marks: [...marks.values()],
      closed: [...closed].filter((k) => k !== undefined && !marks.has(k) && sites.kind[k] !== "vehicle"), ...this.seen() };
  }

  // Shares of formats in reach by cell as the report counts them, and people by share of all formats.
  seen() {
    const { plan, page, data } = this, { head } = data, n = head.points, groups = head.names.group.length;
    const cells = page.city.cells.x.length, cellOf = plan.a.cell, all = new Float64Array(n), shares = {};
    for (const [format, targets] of Object.entries(data.told)) {
      const part = new Float64Array(cells), whole = new Float64Array(cells);
      for (let p = 0; p < n; p++) {
        let has = 0, people = 0;
        for (const t of targets) {
          // A place without such people still shows whether it is in reach: a millionth stands in.
          const here = plan.persons(t, p) + 1e-6 / targets.length;
          people += here;
          if (plan.count[t * n + p] > 0) has += here;
        }
        const cell = cellOf ? cellOf[p] : p;
        part[cell] += has;
        whole[cell] += people;
        all[p] += has / people;
      }
      shares[format] = Uint8Array.from(part, (has, cell) => Math.round((255 * has) / whole[cell]));
    }
    const classes = [0, 0, 0, 0, 0, 0], many = Object.keys(data.told).length;
    for (let p = 0; p < n; p++) {
      const share = all[p] / many;
      let most = 0;
      for (let g = 0; g < groups; g++) most = Math.max(most, plan.a.persons[g * n + p]);
      classes[share < 1e-3 ? 0 : share > 1 - 1e-3 ? 5 : Math.max(1, Math.ceil(share * 4 - 1e-3))] += most / head.person_units;
    }
    return { shares, classes };
  }

  // ---- words -------------------------------------------------------------------------------------

  sizeOf(option) {
    const { a } = this.plan, { names } = this.data.head, told = [words["size_" + names.size[a.size[option]]] || names.size[a.size[option]]];
    if (names.phase.length > 1) told.push(names.phase[a.phase[option]]);
    if (a.action[option]) told.push(words["action_" + names.action[a.action[option]]] || names.action[a.action[option]]);
    return told.join(" · ");
  }
  siteOf(site) {
    const k = this.page.city.drawn.get(site);
    return k === undefined ? String(site) : this.sites.id[k];
  }
  called(option) {
    const { a } = this.plan;
    return `${this.siteOf(a.site[option])} · ${formats[a.format[option]].name} · ${this.sizeOf(option)}`;
  }
  wrong(one) {
    const what = { rule: this.data.rules[one.label ? `${one.rule} [${one.label}]` : one.rule] || this.data.rules[one.rule] || one.rule,
      floor: this.data.kinds.block_floor, one_size: this.data.kinds.block_one_size, p: this.data.kinds.block_p,
      apart: this.data.rules[one.rule] || one.rule, share: this.data.kinds.block_share, everybody: this.data.kinds.block_everybody,
      min_coverage: this.data.rules[one.label ? `${one.rule} [${one.label}]` : one.rule] || one.rule }[one.kind];
    const where = one.site === undefined ? one.kind === "everybody" ? one.label : "" : this.siteOf(one.site);
    // Of a condition that holds or does not (a host, together, apart) there is no amount.
    const amount = one.kind !== "min_coverage" && one.kind !== "share" && !one.unit ? "" : words.desk_short.replace("{short}", tidy(one.short)).replace("{limit}", tidy(one.limit)).replace("{unit}", this.data.kinds[`unit_${one.unit}`] || "");
    return [what, where, amount].filter(Boolean).join(" · ");
  }

  // ---- the premises that is selected -------------------------------------------------------------

  select(k) {
    this.selected = this.page.pane.selected = k;
    this.card();
    this.page.later();
  }
  card() {
    const { plan, find, selected } = this;
    if (selected < 0) return;
    const site = this.sites.at[selected], list = document.createElement("ul");
    for (let o = plan.offered[site]; o < plan.offered[site + 1]; o++) {
      if (this.page.look.format >= 0 && plan.a.format[o] !== this.page.look.format) continue;
      const item = document.createElement("li"), open = plan.open[o];
      const unit = (value) => Number(value * BigInt(this.data.head.unit[0])) / Number(this.data.head.unit[1]);
      const figures = !this.data.head.live.includes("objective") || this.data.head.priced !== null ? count(plan.price(o))
        : open ? words.desk_loss.replace("{loss}", count(unit(plan.loss(o))))
          : words.desk_gain.replace("{gain}", count(unit(plan.gain(o)))).replace("{cost}", count(plan.price(o)));
      const button = element("button", open ? words.desk_close : words.desk_open);
      button.type = "button";
      button.dataset.option = String(o);
      button.addEventListener("click", () => this.step(open ? [] : [o], open ? [o] : []));
      item.append(element("b", `${formats[plan.a.format[o]].name} · ${this.sizeOf(o)}`), element("span", figures), button);
      if (!open) item.append(...plan.blocks(o).map((one) => element("small", this.wrong(one))));
      list.append(item);
    }
    find("card").replaceChildren(element("h3", this.page.aboutSite(selected, false).replaceAll("\n", " · ")), list);
  }
  search() {
    const k = this.sites.id.indexOf(this.find("find").value.trim());
    if (k < 0) { this.say(words.desk_unknown.replace("{id}", this.find("find").value)); return; }
    this.page.centre(k);
    this.select(k);
  }

  // ---- dragging ------------------------------------------------------------------------------------

  lift(k) {
    const { plan, page } = this, site = this.sites.at[k], f = page.look.format;
    this.lifted = -1;
    for (let o = plan.offered[site]; o < plan.offered[site + 1]; o++) {
      if (plan.open[o] && plan.a.action[o] === 0 && (f < 0 || plan.a.format[o] === f)) { this.lifted = o; break; }
    }
    if (this.lifted < 0) return;
    const glow = new Map();
    plan.put([], [this.lifted]); // what each place would win once it has left
    for (const other of page.pane.free()) {
      if (this.sites.kind[other] !== "") continue;
      const to = plan.destination(this.lifted, this.sites.at[other]);
      if (to >= 0) glow.set(other, Number(plan.gain(to)));
    }
    plan.put([this.lifted], []);
    page.pane.glow = glow;
    page.later();
  }
  drop(k, x, y) {
    const { plan, page } = this, to = k < 0 ? -1 : page.pane.nearestFree(x, y, 18), { glow } = page.pane;
    page.pane.glow = null;
    page.later();
    if (this.lifted < 0 || to < 0 || !glow || !glow.has(to)) return;
    this.select(to);
    this.step([plan.destination(this.lifted, this.sites.at[to])], [this.lifted]);
  }

  // ---- other plans ---------------------------------------------------------------------------------

  openFrontier() {
    const { find, data } = this, { points } = data.frontier, slider = find("budget");
    slider.max = String(points.length - 1);
    const name = (point) => `${count(point.limit)} · ${count(point.objective)}${point.gap === null ? "" : ` · ${words.gap} ${openShare(point.gap)}`}`;
    const stored = new Set(this.plan.stored);
    const near = points.findIndex((point) => point.options.length === stored.size && point.options.every((o) => stored.has(o)));
    slider.value = String(near < 0 ? points.length - 1 : near);
    const tell = () => { find("budget-told").textContent = name(points[Number(slider.value)]); };
    slider.addEventListener("input", () => { tell(); this.put(points[Number(slider.value)].options); });
    tell();
    for (const point of points) this.plans.push({ name: name(point), options: point.options });
  }
  setBeside() {
    const { page, find } = this, at = find("beside").value, canvas = document.getElementById("map-beside");
    const open = at !== "";
    canvas.parentNode.hidden = !open;
    page.look.difference = open && find("difference").checked;
    find("difference").disabled = !open;
    if (!open) page.beside = null;
    else {
      if (!page.beside) {
        page.beside = new Pane(canvas, page.city, page.camera, { ...page.look, difference: false, get format() { return page.look.format; } });
        if (!canvas.dataset.steered) page.steer(canvas, () => page.beside);
        canvas.dataset.steered = "yes";
      }
      let view = this.plans[Number(at)];
      if (view.options) view = this.plans[Number(at)] = this.viewed(view);
      page.beside.view = view;
      document.getElementById("beside-name").textContent = view.name;
    }
    document.getElementById("map-name").hidden = !open;
    page.refresh();
  }
  // A computed plan as something to look at; the desk's own plan is as it was afterwards.
  viewed({ name, options }) {
    const now = this.plan.chosen(), kept = this.page.plan;
    const swap = (from, to) => {
      const there = new Set(to), here = new Set(from);
      this.plan.put(to.filter((o) => !here.has(o)), from.filter((o) => !there.has(o)));
    };
    swap(now, options);
    this.view(this.figures(), ...this.difference());
    const made = { ...this.page.plan, name, closed: [] };
    swap(options, now);
    this.page.plan = kept;
    return made;
  }

  // ---- taking it along -----------------------------------------------------------------------------

  remember(set) {
    const [added, removed] = this.difference(), any = added.length || removed.length;
    set("plan", any ? this.data.digest : "");
    set("open", added.join("."));
    set("close", removed.join("."));
  }
  take(state) {
    const asked = (name) => (state.get(name) || "").split(".").filter((each) => /^\d+$/.test(each)).map(Number).filter((o) => o < this.plan.options);
    const added = asked("open").filter((o) => !this.plan.open[o]), removed = asked("close").filter((o) => this.plan.open[o]);
    if (added.length || removed.length) {
      this.plan.put(added, removed);
      this.done.push([added, removed]);
      this.tell();
      this.page.refresh();
    }
  }
  table() {
    const { plan } = this, { names } = this.data.head;
    // What a spreadsheet would take for a formula stands behind an apostrophe, as in all our tables.
    const cell = (text) => { const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text; return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe; };
    const rows = plan.chosen().map((o) => [this.siteOf(plan.a.site[o]), names.format[plan.a.format[o]], names.size[plan.a.size[o]],
      names.phase[plan.a.phase[o]], names.action[plan.a.action[o]]]);
    return ["site,format,size,phase,action", ...rows.map((row) => row.map(cell).join(","))].join("\r\n") + "\r\n";
  }
  save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + this.table()], { type: "text/csv" }));
    link.download = "plan.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  async copy(text, told) {
    try { await navigator.clipboard.writeText(text); this.say(told); } catch {
      this.say(text); // to be marked by hand where a page may not reach the clipboard
    }
  }
  key(event) {
    if (!(event.ctrlKey || event.metaKey) || ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName)) return;
    if (event.key === "z" && !event.shiftKey) this.back(this.done, this.undone);
    else if (event.key === "y" || (event.key === "z" && event.shiftKey)) this.back(this.undone, this.done);
    else return;
    event.preventDefault();
  }
}

const tidy = (value) => (Number.isInteger(value) || Math.abs(value) >= 100 ? count(value) : String(Number(value.toPrecision(3))));
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
