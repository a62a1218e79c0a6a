"use strict";
(() => {
  const all = JSON.parse(document.getElementById("data").textContent);
  const map = all.map, words = all.words, formats = all.formats;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const u16 = (text) => new Uint16Array(bytes(text));
  const u32 = (text) => new Uint32Array(bytes(text));
  const u8 = (text) => new Uint8Array(bytes(text));
  const f32 = (text) => new Float32Array(bytes(text));
  const count = (n) => n.toLocaleString("en-US", { maximumFractionDigits: 0 });

  const planRows = [...document.querySelectorAll("tr[data-site]")];
  const select = document.getElementById("format");
  let chosenFormat = -1, moment = "after";

  const filterTable = () => {
    for (const row of planRows) {
      row.hidden = chosenFormat >= 0 && Number(row.dataset.format) !== chosenFormat;
    }
  };
  if (!map) return;

  const streets = u16(map.streets);
  const cells = {
    x: u16(map.cells.x), y: u16(map.cells.y), people: f32(map.cells.people),
    off: u8(map.cells.off), side: map.cells.side, shares: {},
  };
  const used = Object.keys(map.cells.shares).map(Number);
  for (const f of used) {
    const share = map.cells.shares[f];
    cells.shares[f] = { before: u8(share.before), after: u8(share.after) };
  }
  const sites = { ...map.sites, x: u16(map.sites.x), y: u16(map.sites.y) };
  const outlets = { ...map.outlets, x: u16(map.outlets.x), y: u16(map.outlets.y) };
  const walls = map.walls && {
    ...map.walls, x: u16(map.walls.x), y: u16(map.walls.y), start: u32(map.walls.start),
    of: u32(map.walls.of), gateX: u16(map.walls.gateX), gateY: u16(map.walls.gateY),
  };
  const opens = all.opens; // per chosen site: {no, rows: [[format, text]], gain}
  const n = cells.x.length;

  // Okabe and Ito's colours; in the scale light is little and dark is much, in any print.
  const BLUE = "#0072b2", ORANGE = "#e69f00", BLIND = "#a9b0b8";
  const SCALE = ["#a9b0b8", "#cfe6c9", "#8fd0c0", "#41a8bd", "#1f6fae", "#1b2f73"];
  const classOf = (share) => (share <= 0 ? 0 : share >= 0.999 ? 5 : Math.ceil(share * 4));

  const canvas = document.getElementById("map"), pen = canvas.getContext("2d");
  const tip = document.getElementById("tip");
  let width = 0, height = 0, scale = 1, tx = 0, ty = 0, home = 1;
  const shown = (name) => document.getElementById("show-" + name).checked;
  const px = (x) => x * scale + tx, py = (y) => y * scale + ty;

  // ---- what a cell looks like -------------------------------------------------------------
  const state = new Uint8Array(n);
  function classify() {
    if (chosenFormat >= 0 && cells.shares[chosenFormat]) {
      const share = cells.shares[chosenFormat];
      for (let i = 0; i < n; i++) {
        const had = share.before[i], has = moment === "after" ? share.after[i] : had;
        const held = Math.min(had, has), gained = has - held, blind = 255 - has;
        state[i] = held >= gained && held >= blind ? 1 : gained >= blind && gained > 0 ? 2 : 0;
      }
    } else {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (const f of used) sum += cells.shares[f][moment][i];
        state[i] = classOf(sum / (255 * used.length));
      }
    }
  }
  const palette = () => (chosenFormat >= 0 ? [BLIND, BLUE, ORANGE] : SCALE);

  const spread = (() => {
    const people = Array.from(cells.people).filter((p) => p > 0).sort((a, b) => a - b);
    return { top: people[Math.floor(people.length * 0.95)] || 1,
      room: Math.sqrt((map.width * map.height) / Math.max(n, 1)) };
  })();
  const radius = (i) => {
    const widest = Math.min(26, 0.5 * spread.room * scale);
    return Math.max(1.3, widest * Math.sqrt(Math.min(1.5, cells.people[i] / spread.top)));
  };

  // ---- drawing ------------------------------------------------------------------------------
  function draw() {
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    const walled = walls && shown("compounds");
    if (walled) drawCompounds();
    if (shown("streets")) drawStreets();
    drawCells();
    if (walled) drawGates();
    if (shown("rejected")) drawRejected();
    if (shown("existing")) drawOutlets();
    const marks = shown("chosen") && moment === "after" ? drawChosen() : [];
    if (marks.length && marks[0].r > 2.5 && shown("labels")) drawLabels(marks);
    drawScale();
  }

  function drawCompounds() {
    pen.fillStyle = "#f6eee0";
    pen.strokeStyle = "#b6986a";
    pen.lineWidth = Math.min(1.6, Math.max(0.6, (scale / home) * 0.7));
    pen.beginPath();
    for (let k = 0; k + 1 < walls.start.length; k++) {
      for (let j = walls.start[k]; j < walls.start[k + 1]; j++) {
        if (j === walls.start[k]) pen.moveTo(px(walls.x[j]), py(walls.y[j]));
        else pen.lineTo(px(walls.x[j]), py(walls.y[j]));
      }
    }
    pen.fill("evenodd");
    pen.stroke();
  }

  function drawGates() {
    const r = sized(walls.gateX, walls.gateY, 0, walls.gateX.length, 0.03, 0, 4);
    if (r < 1) return; // so many that they would hide the walls
    pen.fillStyle = "#fff";
    pen.strokeStyle = "#7a5a28";
    pen.lineWidth = Math.min(1.4, r / 2);
    for (let k = 0; k < walls.gateX.length; k++) {
      pen.beginPath();
      pen.arc(px(walls.gateX[k]), py(walls.gateY[k]), r, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  function drawStreets() {
    pen.strokeStyle = "#bcc4cc";
    pen.lineWidth = Math.min(2, Math.max(0.5, (scale / home) * 0.55));
    pen.beginPath();
    for (let k = 0; k < streets.length; k += 4) {
      const x1 = px(streets[k]), y1 = py(streets[k + 1]), x2 = px(streets[k + 2]), y2 = py(streets[k + 3]);
      if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > width) continue;
      if (Math.max(y1, y2) < 0 || Math.min(y1, y2) > height) continue;
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
    }
    pen.stroke();
  }

  function drawCells() {
    const colours = palette(), side = cells.side * scale;
    pen.globalAlpha = cells.side ? 0.85 : 0.78;
    for (let i = 0; i < n; i++) {
      if (cells.people[i] <= 0) continue;
      const x = px(cells.x[i]), y = py(cells.y[i]);
      if (x < -40 || y < -40 || x > width + 40 || y > height + 40) continue;
      pen.fillStyle = pen.strokeStyle = colours[state[i]];
      if (cells.side) {
        pen.fillRect(x - side / 2, y - side / 2, Math.max(1, side - 0.4), Math.max(1, side - 0.4));
        continue;
      }
      pen.beginPath();
      pen.arc(x, y, radius(i), 0, 7);
      if (cells.off[i]) {
        pen.lineWidth = 1.2;
        pen.setLineDash([2, 2]);
        pen.strokeStyle = "#6b7580";
        pen.stroke();
        pen.setLineDash([]);
      } else pen.fill();
    }
    pen.globalAlpha = 1;
  }

  // A vehicle has no place of its own.
  const visible = (k) => sites.kind[k] !== "vehicle" && (chosenFormat < 0 || opens[k].rows.some((row) => row[0] === chosenFormat));

  function drawRejected() {
    pen.strokeStyle = "#7d8791";
    pen.lineWidth = 1;
    pen.beginPath();
    for (let k = sites.chosen; k < sites.x.length; k++) {
      if (sites.kind[k] === "vehicle") continue;
      const x = px(sites.x[k]), y = py(sites.y[k]);
      pen.moveTo(x - 2.2, y - 2.2); pen.lineTo(x + 2.2, y + 2.2);
      pen.moveTo(x - 2.2, y + 2.2); pen.lineTo(x + 2.2, y - 2.2);
    }
    pen.stroke();
  }

  // Marks shrink where hundreds stand on the screen at once, and grow again on the way in.
  function sized(xs, ys, from, to, share, least, most) {
    let seen = 0;
    for (let k = from; k < to; k++) {
      const x = px(xs[k]), y = py(ys[k]);
      if (x > 0 && y > 0 && x < width && y < height) seen++;
    }
    const room = Math.sqrt((Math.min(width, map.width * scale) * Math.min(height, map.height * scale)) / Math.max(seen, 1));
    return Math.min(most, Math.max(least, share * room));
  }

  function drawOutlets() {
    const half = sized(outlets.x, outlets.y, 0, outlets.x.length, 0.08, 0.8, 3.5);
    pen.fillStyle = "#2b3642";
    pen.strokeStyle = "#fff";
    pen.lineWidth = half / 3;
    for (let k = 0; k < outlets.x.length; k++) {
      if (chosenFormat >= 0 && outlets.format[k] !== chosenFormat) continue;
      const x = px(outlets.x[k]), y = py(outlets.y[k]);
      pen.fillRect(x - half, y - half, 2 * half, 2 * half);
      pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
    }
  }

  function drawChosen() {
    const marks = [];
    const r = sized(sites.x, sites.y, 0, sites.chosen, 0.16, 1.4, 6.5);
    for (let k = 0; k < sites.chosen; k++) {
      if (!visible(k)) continue;
      const x = px(sites.x[k]), y = py(sites.y[k]);
      if (x < -20 || y < -20 || x > width + 20 || y > height + 20) continue;
      pen.beginPath();
      if (sites.kind[k] === "stop") {
        const d = 1.25 * r; // a diamond as large as the circle
        pen.moveTo(x, y - d); pen.lineTo(x + d, y); pen.lineTo(x, y + d); pen.lineTo(x - d, y);
        pen.closePath();
      } else if (sites.kind[k] === "standing") pen.rect(x - 0.8 * r, y - 0.8 * r, 1.6 * r, 1.6 * r);
      else pen.arc(x, y, r, 0, 7);
      pen.fillStyle = "#b5123e";
      pen.strokeStyle = "#fff";
      pen.lineWidth = Math.min(2, r / 3);
      pen.fill();
      pen.stroke();
      marks.push({ k, x, y, r });
    }
    return marks;
  }

  // A number is written only where it touches no other number, chosen premises or outlet.
  function drawLabels(marks) {
    pen.font = "600 12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const bins = new Map(), BIN = 32; // boxes by the squares they touch, so that thousands stay quick
    const squares = (box, act) => {
      for (let i = Math.floor(box[0] / BIN); i <= box[2] / BIN; i++) {
        for (let j = Math.floor(box[1] / BIN); j <= box[3] / BIN; j++) if (act(i * 4096 + j)) return true;
      }
      return false;
    };
    const take = (box) => squares(box, (key) => {
      if (bins.has(key)) bins.get(key).push(box);
      else bins.set(key, [box]);
      return false;
    });
    const apart = (t, box) => box[2] < t[0] || box[0] > t[2] || box[3] < t[1] || box[1] > t[3];
    const free = (box) => box[0] > 2 && box[1] > 2 && box[2] < width - 2 && box[3] < height - 2 &&
      !squares(box, (key) => (bins.get(key) || []).some((t) => !apart(t, box)));
    for (const m of marks) take([m.x - m.r, m.y - m.r, m.x + m.r, m.y + m.r]);
    if (shown("existing")) {
      for (let k = 0; k < outlets.x.length; k++) {
        if (chosenFormat >= 0 && outlets.format[k] !== chosenFormat) continue;
        const x = px(outlets.x[k]), y = py(outlets.y[k]);
        if (x > 0 && y > 0 && x < width && y < height) take([x - 4, y - 4, x + 4, y + 4]);
      }
    }
    for (const m of [...marks].sort((a, b) => opens[b.k].gain - opens[a.k].gain)) {
      const text = String(opens[m.k].no), w = pen.measureText(text).width + 4, d = m.r + 2;
      const spots = [[d, -7], [-d - w, -7], [-w / 2, -d - 14], [-w / 2, d], [d, -16], [d, 2],
        [-d - w, -16], [-d - w, 2]];
      for (const [dx, dy] of spots) {
        const box = [m.x + dx, m.y + dy, m.x + dx + w, m.y + dy + 14];
        if (!free(box)) continue;
        take(box);
        pen.strokeStyle = "rgba(255,255,255,0.92)";
        pen.lineWidth = 3.5;
        pen.strokeText(text, box[0] + 2, box[1] + 7);
        pen.fillStyle = "#1d2733";
        pen.fillText(text, box[0] + 2, box[1] + 7);
        break;
      }
    }
  }

  function drawScale() {
    const metresPerPixel = map.metresPerStep / scale;
    const rough = metresPerPixel * 110, power = 10 ** Math.floor(Math.log10(rough));
    const length = [5, 2, 1].map((k) => k * power).find((m) => m <= rough);
    const wide = length / metresPerPixel, x = 14, y = height - 16;
    const text = length >= 1000 ? length / 1000 + " km" : length + " m";
    pen.fillStyle = "rgba(255,255,255,0.85)";
    pen.fillRect(x - 6, y - 20, wide + 12, 30);
    pen.strokeStyle = pen.fillStyle = "#1d2733";
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x, y - 4); pen.lineTo(x, y); pen.lineTo(x + wide, y); pen.lineTo(x + wide, y - 4);
    pen.stroke();
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "alphabetic";
    pen.fillText(text, x + 3, y - 6);
  }

  // ---- legend ---------------------------------------------------------------------------------
  function legend() {
    const list = document.getElementById("legend");
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
    const title = document.getElementById("legend-title");
    let lonely = map.cells.unreached; // they are in no other line
    if (chosenFormat >= 0 && map.cells.shares[chosenFormat]) {
      const told = formats[chosenFormat];
      title.textContent = told.name + (told.group ? " · " + told.group : "");
      const after = moment === "after" ? told.after : told.before;
      const held = Math.min(told.before, after); // a plan may also close or move what stands
      add(BLUE, words.reached_before, held);
      if (moment === "after") add(ORANGE, words.reached_new, after - held);
      lonely = map.cells.shares[chosenFormat].unreached;
      add(BLIND, words.blind, told.people - after - lonely);
    } else {
      title.textContent = words.share_of_formats;
      const people = [...map.cells.classes[moment]];
      people[0] -= lonely;
      const names = ["0 %", "1–25 %", "26–50 %", "51–75 %", "76–99 %", "100 %"];
      for (let c = 5; c >= 0; c--) if (people[c] > 0.5) add(SCALE[c], names[c], people[c]);
    }
    if (lonely > 0) add("", words.out_of_reach, lonely, true);
  }

  // ---- what is under the pointer ----------------------------------------------------------------
  function under(x, y) {
    const near = (k, xs, ys, reach) => Math.hypot(px(xs[k]) - x, py(ys[k]) - y) <= reach;
    if (shown("chosen") && moment === "after") {
      for (let k = 0; k < sites.chosen; k++) if (visible(k) && near(k, sites.x, sites.y, 9)) return aboutSite(k);
    }
    if (shown("existing")) {
      for (let k = 0; k < outlets.x.length; k++) {
        if ((chosenFormat < 0 || outlets.format[k] === chosenFormat) && near(k, outlets.x, outlets.y, 6)) {
          return [words.existing, formats[outlets.format[k]].name, outlets.id[k]].join("\n");
        }
      }
    }
    if (shown("rejected")) {
      for (let k = sites.chosen; k < sites.x.length; k++) if (sites.kind[k] !== "vehicle" && near(k, sites.x, sites.y, 5)) return aboutSite(k);
    }
    let best = -1, least = Infinity;
    for (let i = 0; i < n; i++) {
      const d = Math.hypot(px(cells.x[i]) - x, py(cells.y[i]) - y);
      const reach = cells.side ? (cells.side * scale) / 2 : Math.max(radius(i), 4);
      if (d <= reach && d < least && cells.people[i] > 0) { best = i; least = d; }
    }
    const lines = best < 0 ? [] : [aboutCell(best)];
    const c = walls && shown("compounds") ? compoundAt((x - tx) / scale, (y - ty) / scale) : -1;
    if (c >= 0) lines.push(words.compound + " " + walls.id[c] + " · " + words.gates_count.replace("{n}", walls.gates[c]));
    return lines.length ? lines.join("\n") : null;
  }

  // The smallest compound there, by how often a line to the east meets its rings; -1 = none.
  function compoundAt(x, y) {
    const odd = new Set();
    for (let k = 0; k + 1 < walls.start.length; k++) {
      for (let j = walls.start[k] + 1; j < walls.start[k + 1]; j++) {
        const y1 = walls.y[j - 1], y2 = walls.y[j];
        if (y1 > y === y2 > y) continue;
        if (x < walls.x[j - 1] + ((y - y1) / (y2 - y1)) * (walls.x[j] - walls.x[j - 1])) {
          const c = walls.of[k];
          if (!odd.delete(c)) odd.add(c);
        }
      }
    }
    return Math.max(-1, ...odd); // largest first
  }

  function aboutSite(k) {
    const what = { stop: words.action_stop, standing: words.existing }[sites.kind[k]] || words.candidate;
    const lines = [what + " " + sites.id[k]];
    if (sites.district && sites.district[k]) lines.push(sites.district[k]);
    if (sites.area[k] !== null) lines.push(words.floor + ": " + count(sites.area[k]) + " m²");
    if (k >= sites.chosen) lines.push(words.not_in_plan);
    else for (const row of opens[k].rows) lines.push(opens[k].no + " · " + row[1]);
    return lines.join("\n");
  }

  function aboutCell(i) {
    const lines = [words.legend_count.replace("{n}", count(cells.people[i]))];
    for (const f of chosenFormat >= 0 ? [chosenFormat] : used) {
      const had = cells.shares[f].before[i], has = cells.shares[f].after[i];
      const told = cells.side
        ? Math.round(had / 2.55) + " % → " + Math.round(has / 2.55) + " %"
        : !has ? words.not_in_reach : had ? words.in_reach : words.newly_in_reach;
      lines.push(formats[f].name + ": " + told);
    }
    return lines.join("\n");
  }

  // ---- moving -----------------------------------------------------------------------------------
  function fit() {
    scale = home = Math.min((width - 40) / map.width, (height - 40) / map.height);
    tx = (width - map.width * scale) / 2;
    ty = (height - map.height * scale) / 2;
  }
  function zoom(factor, x, y) {
    const next = Math.min(home * 80, Math.max(home * 0.7, scale * factor));
    tx = x - ((x - tx) * next) / scale;
    ty = y - ((y - ty) * next) / scale;
    scale = next;
    later();
  }
  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }
  function resize() {
    const first = width === 0, centre = [(width / 2 - tx) / scale, (height / 2 - ty) / scale];
    width = canvas.clientWidth;
    height = canvas.clientHeight;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    if (first) fit();
    else { tx = width / 2 - centre[0] * scale; ty = height / 2 - centre[1] * scale; }
    draw();
  }
  function refresh() { classify(); legend(); later(); }

  let drag = null, pinned = false;
  const spot = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const showTip = (text, x, y) => {
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    tip.style.left = Math.max(4, Math.min(x + 14, width - tip.offsetWidth - 6)) + "px";
    tip.style.top = Math.max(4, Math.min(y + 14, height - tip.offsetHeight - 6)) + "px";
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag = { at: spot(event), from: [tx, ty], moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = spot(event);
    if (drag) {
      const dx = x - drag.at[0], dy = y - drag.at[1];
      drag.moved = drag.moved || Math.hypot(dx, dy) > 4;
      if (drag.moved) { [tx, ty] = [drag.from[0] + dx, drag.from[1] + dy]; showTip(null); pinned = false; later(); }
    } else if (!pinned) showTip(under(x, y), x, y);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) {
      const [x, y] = spot(event), text = under(x, y);
      pinned = Boolean(text) && !(pinned && tip.textContent === text);
      showTip(pinned ? text : null, x, y);
    }
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => { if (!pinned) showTip(null); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const [x, y] = spot(event);
    zoom(Math.exp(-event.deltaY * 0.0015), x, y);
  }, { passive: false });
  canvas.addEventListener("dblclick", () => { fit(); later(); });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.5, width / 2, height / 2));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.5, width / 2, height / 2));
  document.getElementById("reset").addEventListener("click", () => { fit(); later(); });

  select.addEventListener("change", () => { chosenFormat = Number(select.value); filterTable(); refresh(); });
  for (const button of document.querySelectorAll("[data-moment]")) {
    button.addEventListener("click", () => {
      moment = button.dataset.moment;
      for (const other of document.querySelectorAll("[data-moment]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      refresh();
    });
  }
  for (const box of document.querySelectorAll("[id^=show-]")) box.addEventListener("change", later);
  for (const row of planRows) {
    row.addEventListener("click", () => {
      const k = Number(row.dataset.site);
      scale = Math.max(scale, home * 4);
      tx = width / 2 - sites.x[k] * scale;
      ty = height / 2 - sites.y[k] * scale;
      canvas.scrollIntoView({ block: "center" });
      draw();
      showTip(aboutSite(k), width / 2, height / 2);
      pinned = true;
    });
  }
  // report.html#format=2 opens with that format.
  const asked = /^#format=(\d+)$/.exec(location.hash);
  if (asked && Number(asked[1]) < formats.length) {
    chosenFormat = Number(asked[1]);
    select.value = asked[1];
    filterTable();
  }
  new ResizeObserver(resize).observe(canvas);
  refresh();
})();
