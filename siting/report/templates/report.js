// The page: controls, legend and pointer around the map's panes, and the desk where there is one.
const all = JSON.parse(document.getElementById("data").textContent);
const map = all.map, words = all.words, formats = all.formats;
const planRows = [...document.querySelectorAll("tr[data-site]")];
const select = document.getElementById("format");
const state = new URLSearchParams(location.hash.slice(1)); // report.html#format=2 opens with it

for (const part of document.querySelectorAll("[data-width]")) part.style.width = `${part.dataset.width}%`;
if (map) openMap();

function openMap() {
  const city = cityOf(map), camera = { scale: 1, tx: 0, ty: 0, home: 1, width: 0, height: 0 };
  const box = (name) => document.getElementById("show-" + name);
  const look = { format: -1, difference: false, moment: "after",
    shown: (name) => Boolean(box(name)) && box(name).checked };
  const canvas = document.getElementById("map"), tip = document.getElementById("tip");
  const pane = new Pane(canvas, city, camera, look);
  const page = { city, camera, look, pane, beside: null, later, refresh, remember, aboutSite, desk: null };

  // Today, and the plan of this report. Marks: {k, no, rows: [[format, text]], gain}.
  page.today = { name: words.desk_today, shares: city.before, marks: [], closed: [], told: formats.map((row) => row.before), classes: map.cells.classes.before };
  page.stored = { name: words.desk_plan, shares: city.after, closed: [], told: formats.map((row) => row.after), classes: map.cells.classes.after,
    marks: all.opens.map((open, k) => ({ k, ...open })) };
  page.plan = page.stored; // what the desk made of it, once it changed anything

  // ---- legend -----------------------------------------------------------------------------------
  function legend() {
    const list = document.getElementById("legend"), title = document.getElementById("legend-title");
    list.replaceChildren();
    const add = (colour, text, people, hollow) => {
      const item = document.createElement("li"), dot = document.createElement("i");
      const label = document.createElement("span"), small = document.createElement("small");
      if (hollow) dot.style.border = "1.5px dashed #6b7580";
      else dot.style.background = colour;
      label.textContent = text;
      small.textContent = words.legend_count.replace("{n}", count(people));
      label.append(small);
      item.append(dot, label);
      list.append(item);
    };
    const { view } = pane, f = look.format, one = f >= 0 && map.cells.shares[f];
    let lonely = map.cells.unreached; // they are in no other line
    if (pane.differing) {
      title.textContent = words.desk_difference;
      const people = [0, 0, 0];
      pane.state.forEach((each, i) => { people[each] += city.cells.people[i]; });
      [words.desk_same, words.desk_fewer, words.desk_more].forEach((text, k) => add([SAME, RED, BLUE][k], text, people[k]));
      return;
    }
    if (one) {
      const told = formats[f], has = view.told[f];
      title.textContent = told.name + (told.group ? " · " + told.group : "");
      const held = Math.min(told.before, has); // a plan may also close or move what stands
      add(BLUE, words.reached_before, held);
      if (view !== page.today) add(ORANGE, words.reached_new, has - held);
      lonely = map.cells.shares[f].unreached;
      add(BLIND, words.blind, told.people - has - lonely);
    } else {
      title.textContent = words.share_of_formats;
      const people = [...view.classes];
      people[0] -= lonely;
      const names = ["0%", "1–25%", "26–50%", "51–75%", "76–99%", "100%"];
      for (let c = 5; c >= 0; c--) if (people[c] > 0.5) add(SCALE[c], names[c], people[c]);
    }
    if (lonely > 0) add("", words.out_of_reach, lonely, true);
  }

  // ---- what is told about a place ----------------------------------------------------------------
  function about(found) {
    if (!found) return null;
    if ("site" in found) return aboutSite(found.site);
    if ("outlet" in found) return [words.existing, formats[city.outlets.format[found.outlet]].name, city.outlets.id[found.outlet]].join("\n");
    const lines = found.cell < 0 ? [] : [aboutCell(found.cell)], { walls } = city;
    if (found.compound >= 0) lines.push(words.compound + " " + walls.id[found.compound] + " · " + words.gates_count.replace("{n}", walls.gates[found.compound]));
    return lines.join("\n");
  }

  function aboutSite(k, opened = true) {
    const { sites } = city, mark = page.plan.marks.find((each) => each.k === k);
    const what = { stop: words.action_stop, standing: words.existing }[sites.kind[k]] || words.candidate;
    const lines = [what + " " + sites.id[k]];
    if (sites.district && sites.district[k]) lines.push(sites.district[k]);
    if (sites.area[k] !== null) lines.push(words.floor + ": " + count(sites.area[k]) + " m²");
    if (!opened) return lines.join("\n");
    if (!mark) lines.push(words.not_in_plan);
    else for (const row of mark.rows) lines.push(mark.no + " · " + row[1]);
    return lines.join("\n");
  }

  function aboutCell(i) {
    const { cells } = city, lines = [words.legend_count.replace("{n}", count(cells.people[i]))];
    for (const f of look.format >= 0 && city.before[look.format] ? [look.format] : city.used) {
      const had = city.before[f][i], has = page.plan.shares[f][i];
      const told = cells.side
        ? Math.round(had / 2.55) + "% → " + Math.round(has / 2.55) + "%"
        : !has ? words.not_in_reach : had ? words.in_reach : words.newly_in_reach;
      lines.push(formats[f].name + ": " + told);
    }
    return lines.join("\n");
  }

  // ---- drawing and moving ------------------------------------------------------------------------
  const panes = () => (page.beside ? [pane, page.beside] : [pane]);
  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      for (const each of panes()) each.draw();
    });
  }
  // After a change of plan, filter or moment.
  function refresh() {
    const other = page.beside && page.beside.view;
    pane.show(look.moment === "after" ? page.plan : page.today, other);
    if (page.beside) page.beside.show(other, null);
    legend();
    for (const row of planRows) row.hidden = look.format >= 0 && Number(row.dataset.format) !== look.format;
    remember();
    later();
  }
  function fit() {
    camera.scale = camera.home = Math.min((camera.width - 40) / city.width, (camera.height - 40) / city.height);
    camera.tx = (camera.width - city.width * camera.scale) / 2;
    camera.ty = (camera.height - city.height * camera.scale) / 2;
    later();
  }
  function zoom(factor, x = camera.width / 2, y = camera.height / 2) {
    const next = Math.min(camera.home * 80, Math.max(camera.home * 0.7, camera.scale * factor));
    camera.tx = x - ((x - camera.tx) * next) / camera.scale;
    camera.ty = y - ((y - camera.ty) * next) / camera.scale;
    camera.scale = next;
    later();
  }
  function pan(dx, dy) {
    camera.tx += dx;
    camera.ty += dy;
    later();
  }
  page.centre = (k) => {
    camera.scale = Math.max(camera.scale, camera.home * 4);
    camera.tx = camera.width / 2 - city.sites.x[k] * camera.scale;
    camera.ty = camera.height / 2 - city.sites.y[k] * camera.scale;
    later();
  };
  function resize() {
    const { width, height, scale } = camera, middle = [(width / 2 - camera.tx) / scale, (height / 2 - camera.ty) / scale];
    camera.width = canvas.clientWidth;
    camera.height = canvas.clientHeight;
    if (width === 0) {
      fit();
      const asked = (state.get("view") || "").split(",").map(Number);
      if (asked.length === 3 && asked.every(Number.isFinite)) {
        camera.scale = camera.home * Math.min(80, Math.max(0.7, asked[2]));
        camera.tx = camera.width / 2 - asked[0] * camera.scale;
        camera.ty = camera.height / 2 - asked[1] * camera.scale;
      }
    } else { camera.tx = camera.width / 2 - middle[0] * scale; camera.ty = camera.height / 2 - middle[1] * scale; }
    for (const each of panes()) each.draw();
  }

  // The address holds what is looked at, so that it can be sent on; without a plan of one's own,
  // only where somebody chose something.
  function remember() {
    const set = (key, value) => (value ? state.set(key, value) : state.delete(key));
    set("format", look.format >= 0 ? String(look.format) : "");
    set("moment", look.moment === "before" ? "before" : "");
    if (page.desk) page.desk.remember(set);
    try { history.replaceState(null, "", state.toString() ? "#" + state : location.pathname + location.search); } catch { /* a frame without an address */ }
  }
  page.link = () => {
    const { scale, tx, ty, width, height, home } = camera;
    state.set("view", [(width / 2 - tx) / scale, (height / 2 - ty) / scale, scale / home].map((each) => each.toPrecision(5)).join(","));
    remember();
    return location.href;
  };

  // ---- pointer and keys ----------------------------------------------------------------------------
  let drag = null, pinned = false;
  const showTip = (text, x, y) => {
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    tip.style.left = Math.max(4, Math.min(x + 14, camera.width - tip.offsetWidth - 6)) + "px";
    tip.style.top = Math.max(4, Math.min(y + 14, camera.height - tip.offsetHeight - 6)) + "px";
  };
  page.steer = (target, owner) => {
    const spot = (event) => { const at = target.getBoundingClientRect(); return [event.clientX - at.left, event.clientY - at.top]; };
    target.addEventListener("pointerdown", (event) => {
      target.setPointerCapture(event.pointerId);
      const at = spot(event), found = owner().under(...at);
      const lifted = owner() === pane && page.desk && look.moment === "after" && found && found.mark ? found.site : -1;
      drag = { at, from: [camera.tx, camera.ty], moved: false, lifted };
    });
    target.addEventListener("pointermove", (event) => {
      const [x, y] = spot(event);
      if (!drag) {
        if (!pinned && owner() === pane) showTip(about(pane.under(x, y)), x, y);
        return;
      }
      const dx = x - drag.at[0], dy = y - drag.at[1];
      if (!drag.moved && Math.hypot(dx, dy) > 4) {
        drag.moved = true;
        showTip(null);
        pinned = false;
        if (drag.lifted >= 0) page.desk.lift(drag.lifted);
      }
      if (drag.moved && drag.lifted < 0) { [camera.tx, camera.ty] = [drag.from[0] + dx, drag.from[1] + dy]; later(); }
    });
    target.addEventListener("pointerup", (event) => {
      const [x, y] = spot(event), was = drag;
      drag = null;
      if (!was) return;
      if (was.moved) {
        if (was.lifted >= 0) page.desk.drop(was.lifted, x, y);
        return;
      }
      const found = owner().under(x, y), text = owner() === pane ? about(found) : null;
      pinned = Boolean(text) && !(pinned && tip.textContent === text);
      showTip(pinned ? text : null, x, y);
      if (page.desk && found && "site" in found) page.desk.select(found.site);
    });
    target.addEventListener("pointercancel", () => { if (drag && drag.lifted >= 0) page.desk.drop(-1, 0, 0); drag = null; });
    target.addEventListener("pointerleave", () => { if (!pinned) showTip(null); });
    target.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.0015), ...spot(event));
    }, { passive: false });
    target.addEventListener("dblclick", fit);
    target.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
      if (steps[event.key]) pan(...steps[event.key]);
      else if (event.key === "+" || event.key === "=") zoom(1.5);
      else if (event.key === "-") zoom(1 / 1.5);
      else if (event.key === "0") fit();
      else return;
      event.preventDefault();
    });
  };
  page.steer(canvas, () => pane);
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.5));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  document.getElementById("reset").addEventListener("click", fit);

  select.addEventListener("change", () => { look.format = Number(select.value); refresh(); });
  const moments = [...document.querySelectorAll("[data-moment]")];
  const setMoment = (moment) => {
    look.moment = moment;
    for (const each of moments) each.setAttribute("aria-pressed", String(each.dataset.moment === moment));
    refresh();
  };
  page.setMoment = setMoment;
  for (const button of moments) button.addEventListener("click", () => setMoment(button.dataset.moment));
  for (const each of document.querySelectorAll("[id^=show-]")) each.addEventListener("change", later);
  const tellRow = (row) => {
    const k = Number(row.dataset.site);
    page.centre(k);
    canvas.scrollIntoView({ block: "center" });
    showTip(aboutSite(k), camera.width / 2, camera.height / 2);
    pinned = true;
    if (page.desk) page.desk.select(k);
  };
  for (const row of planRows) {
    row.tabIndex = 0;
    row.addEventListener("click", () => tellRow(row));
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") tellRow(row); });
  }
  window.addEventListener("beforeprint", later);

  const format = state.get("format");
  if (format !== null && /^\d+$/.test(format) && Number(format) < formats.length) {
    look.format = Number(format);
    select.value = format;
  }
  pane.show(page.plan, null);
  new ResizeObserver(resize).observe(canvas);
  if (state.get("moment") === "before") setMoment("before");
  else refresh();
  if (all.desk) openDesk(page, all.desk, state);
}
