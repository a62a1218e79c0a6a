// The map: panes upon one city under one camera. What a pane shows is a view: shares of formats in
// reach by cell, and marks where the plan opens something. Nothing here knows how a plan is counted.

// Okabe and Ito's colours; in the scale light is little and dark is much, in any print.
const BLUE = "#0072b2", ORANGE = "#e69f00", RED = "#d55e00", BLIND = "#a9b0b8", SAME = "#d5dae0";
const SCALE = ["#a9b0b8", "#cfe6c9", "#8fd0c0", "#41a8bd", "#1f6fae", "#1b2f73"];
const CHOSEN = "#b5123e", ADDED = "#7b2fa0";
const classOf = (share) => (share <= 0 ? 0 : share >= 0.999 ? 5 : Math.ceil(share * 4));
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const u8 = (text) => new Uint8Array(bytes(text));
const u16 = (text) => new Uint16Array(bytes(text));
const u32 = (text) => new Uint32Array(bytes(text));
const f32 = (text) => new Float32Array(bytes(text));
const count = (n) => n.toLocaleString("en-US", { maximumFractionDigits: 0 });
const openShare = (share) => share > 1 ? "> 100%" : `${(100 * share).toFixed(2)}%`;

// The page's arrays, unpacked once.
function cityOf(map) {
  const xy = (part) => ({ ...part, x: u16(part.x), y: u16(part.y) });
  const shapes = (part) => ({ ...xy(part), start: u32(part.start) });
  const city = {
    ...map, streets: u16(map.streets), sites: xy(map.sites), outlets: xy(map.outlets),
    walls: map.walls && { ...shapes(map.walls), of: u32(map.walls.of), gateX: u16(map.walls.gateX), gateY: u16(map.walls.gateY) },
    ground: Object.fromEntries(Object.entries(map.ground).map(([name, part]) => [name, name === "names" ? xy(part) : shapes(part)])),
    cells: { ...xy(map.cells), people: f32(map.cells.people), off: u8(map.cells.off) },
    used: Object.keys(map.cells.shares).map(Number), before: {}, after: {},
  };
  for (const f of city.used) {
    city.before[f] = u8(map.cells.shares[f].before);
    city.after[f] = u8(map.cells.shares[f].after);
  }
  const people = Array.from(city.cells.people).filter((p) => p > 0).sort((a, b) => a - b);
  city.crowd = people[Math.floor(people.length * 0.95)] || 1;
  city.room = Math.sqrt((map.width * map.height) / Math.max(city.cells.x.length, 1));
  city.drawn = new Map(map.sites.at.map((site, k) => [site, k]));
  return city;
}

class Pane {
  // look: {format, difference, shown(name)}; camera: {scale, tx, ty, home, width, height}, shared.
  constructor(canvas, city, camera, look) {
    Object.assign(this, { canvas, city, camera, look, pen: canvas.getContext("2d"), glow: null, selected: -1 });
    this.state = new Uint8Array(city.cells.x.length);
    this.view = this.other = null;
  }

  px(x) { return x * this.camera.scale + this.camera.tx; }
  py(y) { return y * this.camera.scale + this.camera.ty; }
  onScreen(x, y, margin) {
    return x > -margin && y > -margin && x < this.camera.width + margin && y < this.camera.height + margin;
  }

  // view: what is shown; other: what it is held against where differences are asked for.
  show(view, other) {
    this.view = view;
    this.other = other;
    this.classify();
  }

  // ---- what a cell looks like --------------------------------------------------------------------
  classify() {
    const { city, look, view, other, state } = this, n = state.length, f = look.format;
    const one = f >= 0 && city.before[f];
    if (look.difference && other) {
      for (let i = 0; i < n; i++) {
        let more = 0;
        for (const each of one ? [f] : city.used) more += view.shares[each][i] - other.shares[each][i];
        state[i] = more > 0 ? 2 : more < 0 ? 1 : 0;
      }
    } else if (one) {
      for (let i = 0; i < n; i++) {
        const had = city.before[f][i], has = view.shares[f][i], held = Math.min(had, has);
        const gained = has - held, blind = 255 - has;
        state[i] = held >= gained && held >= blind ? 1 : gained >= blind && gained > 0 ? 2 : 0;
      }
    } else {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (const each of city.used) sum += view.shares[each][i];
        state[i] = classOf(sum / (255 * city.used.length));
      }
    }
  }
  get differing() { return this.look.difference && this.other !== null; }
  palette() {
    return this.differing ? [SAME, RED, BLUE] : this.look.format >= 0 ? [BLIND, BLUE, ORANGE] : SCALE;
  }
  radius(i) {
    const widest = Math.min(26, 0.5 * this.city.room * this.camera.scale);
    return Math.max(1.3, widest * Math.sqrt(Math.min(1.5, this.city.cells.people[i] / this.city.crowd)));
  }

  // ---- drawing -----------------------------------------------------------------------------------
  draw() {
    const { pen, camera, city, canvas } = this, shown = this.look.shown;
    const ratio = window.devicePixelRatio;
    if (canvas.width !== Math.round(camera.width * ratio) || canvas.height !== Math.round(camera.height * ratio)) {
      canvas.width = Math.round(camera.width * ratio);
      canvas.height = Math.round(camera.height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, camera.width, camera.height);
    const ground = shown("ground"), walled = city.walls && shown("compounds");
    if (ground) this.drawGround();
    if (walled) this.drawCompounds();
    if (shown("streets")) this.drawStreets();
    if (ground) this.strokeLines(city.ground.rail, "#6b7580", 1.1, [5, 3]);
    this.drawCells();
    if (ground) this.strokeLines(city.ground.districts, "#4a5560", 1.2, [8, 3, 2, 3]);
    if (walled) this.drawGates();
    if (shown("rejected")) this.drawRejected();
    if (this.glow) this.drawGlow();
    if (shown("existing")) this.drawOutlets();
    const marks = shown("chosen") ? this.drawChosen() : [];
    const taken = new Boxes(camera.width, camera.height);
    if (marks.length && marks[0].r > 2.5 && shown("labels")) this.drawLabels(marks, taken);
    if (ground) this.drawNames(taken);
    this.drawScale();
  }

  rings(part) {
    const { pen } = this;
    pen.beginPath();
    for (let k = 0; k + 1 < part.start.length; k++) {
      for (let j = part.start[k]; j < part.start[k + 1]; j++) {
        if (j === part.start[k]) pen.moveTo(this.px(part.x[j]), this.py(part.y[j]));
        else pen.lineTo(this.px(part.x[j]), this.py(part.y[j]));
      }
    }
  }
  drawGround() {
    this.rings(this.city.ground.water);
    this.pen.fillStyle = "#d5e6f2";
    this.pen.fill("evenodd");
    this.strokeLines(this.city.ground.rivers, "#a9cbe3", 1.4, []);
  }
  strokeLines(part, colour, width, dash) {
    const { pen, camera } = this;
    this.rings(part);
    pen.strokeStyle = colour;
    pen.lineWidth = Math.min(2 * width, Math.max(0.6, (camera.scale / camera.home) * width * 0.7));
    pen.setLineDash(dash);
    pen.stroke();
    pen.setLineDash([]);
  }

  drawCompounds() {
    this.rings(this.city.walls);
    this.pen.fillStyle = "#f6eee0";
    this.pen.fill("evenodd");
    this.strokeLines(this.city.walls, "#b6986a", 1, []);
  }

  drawGates() {
    const { pen } = this, { gateX, gateY } = this.city.walls;
    const r = this.sized(gateX, gateY, 0, gateX.length, 0.03, 0, 4);
    if (r < 1) return; // so many that they would hide the walls
    pen.fillStyle = "#fff";
    pen.strokeStyle = "#7a5a28";
    pen.lineWidth = Math.min(1.4, r / 2);
    for (let k = 0; k < gateX.length; k++) {
      pen.beginPath();
      pen.arc(this.px(gateX[k]), this.py(gateY[k]), r, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  drawStreets() {
    const { pen, camera } = this, { streets } = this.city;
    pen.strokeStyle = "#bcc4cc";
    pen.lineWidth = Math.min(2, Math.max(0.5, (camera.scale / camera.home) * 0.55));
    pen.beginPath();
    for (let k = 0; k < streets.length; k += 4) {
      const x1 = this.px(streets[k]), y1 = this.py(streets[k + 1]), x2 = this.px(streets[k + 2]), y2 = this.py(streets[k + 3]);
      if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > camera.width) continue;
      if (Math.max(y1, y2) < 0 || Math.min(y1, y2) > camera.height) continue;
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
    }
    pen.stroke();
  }

  drawCells() {
    const { pen, state } = this, { cells } = this.city;
    const colours = this.palette(), side = cells.side * this.camera.scale;
    pen.globalAlpha = cells.side ? 0.85 : 0.78;
    for (let i = 0; i < state.length; i++) {
      if (cells.people[i] <= 0) continue;
      const x = this.px(cells.x[i]), y = this.py(cells.y[i]);
      if (!this.onScreen(x, y, 40)) continue;
      pen.fillStyle = pen.strokeStyle = colours[state[i]];
      if (cells.side) {
        pen.fillRect(x - side / 2, y - side / 2, Math.max(1, side - 0.4), Math.max(1, side - 0.4));
        continue;
      }
      pen.beginPath();
      pen.arc(x, y, this.radius(i), 0, 7);
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

  // Marks of the view that the filter leaves; a vehicle has no place of its own.
  marks() {
    const { sites } = this.city, f = this.look.format;
    return this.view.marks.filter((mark) => sites.kind[mark.k] !== "vehicle" && (f < 0 || mark.rows.some((row) => row[0] === f)));
  }
  // Drawn sites where nothing of the view opens.
  free() {
    const taken = new Set(this.view.marks.map((mark) => mark.k)), { sites } = this.city, found = [];
    for (let k = 0; k < sites.x.length; k++) if (!taken.has(k) && sites.kind[k] !== "vehicle") found.push(k);
    return found;
  }

  drawRejected() {
    const { pen } = this, { sites } = this.city;
    pen.strokeStyle = "#7d8791";
    pen.lineWidth = 1;
    pen.beginPath();
    for (const k of this.free()) {
      const x = this.px(sites.x[k]), y = this.py(sites.y[k]);
      if (!this.onScreen(x, y, 4)) continue;
      pen.moveTo(x - 2.2, y - 2.2); pen.lineTo(x + 2.2, y + 2.2);
      pen.moveTo(x - 2.2, y + 2.2); pen.lineTo(x + 2.2, y - 2.2);
    }
    pen.stroke();
  }

  // Where a lifted outlet could stand, the better the larger.
  drawGlow() {
    const { pen, glow } = this, { sites } = this.city, best = Math.max(...glow.values(), 1);
    pen.fillStyle = BLUE;
    for (const [k, gain] of glow) {
      pen.globalAlpha = 0.25 + 0.5 * (gain / best);
      pen.beginPath();
      pen.arc(this.px(sites.x[k]), this.py(sites.y[k]), 3 + 9 * Math.sqrt(gain / best), 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  // Marks shrink where hundreds stand on the screen at once, and grow again on the way in.
  sized(xs, ys, from, to, share, least, most) {
    const { camera, city } = this;
    let seen = 0;
    for (let k = from; k < to; k++) if (this.onScreen(this.px(xs[k]), this.py(ys[k]), 0)) seen++;
    const area = Math.min(camera.width, city.width * camera.scale) * Math.min(camera.height, city.height * camera.scale);
    return Math.min(most, Math.max(least, share * Math.sqrt(area / Math.max(seen, 1))));
  }

  drawOutlets() {
    const { pen } = this, { outlets } = this.city;
    const half = this.sized(outlets.x, outlets.y, 0, outlets.x.length, 0.08, 0.8, 3.5);
    pen.fillStyle = "#2b3642";
    pen.strokeStyle = "#fff";
    pen.lineWidth = half / 3;
    for (let k = 0; k < outlets.x.length; k++) {
      if (this.look.format >= 0 && outlets.format[k] !== this.look.format) continue;
      const x = this.px(outlets.x[k]), y = this.py(outlets.y[k]);
      pen.fillRect(x - half, y - half, 2 * half, 2 * half);
      pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
    }
  }

  drawChosen() {
    const { pen } = this, { sites } = this.city, marks = this.marks(), found = [];
    const xs = marks.map((mark) => sites.x[mark.k]), ys = marks.map((mark) => sites.y[mark.k]);
    const r = this.sized(xs, ys, 0, xs.length, 0.16, 1.4, 6.5);
    for (const mark of marks) {
      const x = this.px(sites.x[mark.k]), y = this.py(sites.y[mark.k]);
      if (!this.onScreen(x, y, 20)) continue;
      pen.beginPath();
      if (sites.kind[mark.k] === "stop") {
        const d = 1.25 * r; // a diamond as large as the circle
        pen.moveTo(x, y - d); pen.lineTo(x + d, y); pen.lineTo(x, y + d); pen.lineTo(x - d, y);
        pen.closePath();
      } else if (sites.kind[mark.k] === "standing") pen.rect(x - 0.8 * r, y - 0.8 * r, 1.6 * r, 1.6 * r);
      else pen.arc(x, y, r, 0, 7);
      pen.fillStyle = mark.added ? ADDED : CHOSEN;
      pen.strokeStyle = "#fff";
      pen.lineWidth = Math.min(2, r / 3);
      pen.fill();
      pen.stroke();
      found.push({ mark, x, y, r });
    }
    for (const k of this.view.closed) this.ring(k, r + 1, CHOSEN, [2, 2]);
    if (this.selected >= 0) this.ring(this.selected, r + 5, "#1d2733", []);
    return found;
  }
  ring(k, r, colour, dash) {
    const { pen } = this, { sites } = this.city;
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.arc(this.px(sites.x[k]), this.py(sites.y[k]), r, 0, 7);
    pen.stroke();
    pen.setLineDash([]);
  }

  // A number is written only where it touches no other number, chosen premises or outlet.
  drawLabels(marks, taken) {
    const { pen } = this, { outlets } = this.city;
    pen.font = "600 12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (const m of marks) taken.take([m.x - m.r, m.y - m.r, m.x + m.r, m.y + m.r]);
    if (this.look.shown("existing")) {
      for (let k = 0; k < outlets.x.length; k++) {
        if (this.look.format >= 0 && outlets.format[k] !== this.look.format) continue;
        const x = this.px(outlets.x[k]), y = this.py(outlets.y[k]);
        if (this.onScreen(x, y, 0)) taken.take([x - 4, y - 4, x + 4, y + 4]);
      }
    }
    for (const m of [...marks].sort((a, b) => b.mark.gain - a.mark.gain)) {
      const text = String(m.mark.no), w = pen.measureText(text).width + 4, d = m.r + 2;
      const spots = [[d, -7], [-d - w, -7], [-w / 2, -d - 14], [-w / 2, d], [d, -16], [d, 2],
        [-d - w, -16], [-d - w, 2]];
      for (const [dx, dy] of spots) {
        const box = [m.x + dx, m.y + dy, m.x + dx + w, m.y + dy + 14];
        if (!taken.free(box)) continue;
        taken.take(box);
        this.halo(text, box[0] + 2, box[1] + 7, "#1d2733");
        break;
      }
    }
  }
  halo(text, x, y, colour) {
    this.pen.strokeStyle = "rgba(255,255,255,0.92)";
    this.pen.lineWidth = 3.5;
    this.pen.strokeText(text, x, y);
    this.pen.fillStyle = colour;
    this.pen.fillText(text, x, y);
  }

  // Names of places and districts where they touch nothing, larger places first.
  drawNames(taken) {
    const { pen } = this, { names } = this.city.ground;
    pen.textBaseline = "middle";
    for (let k = 0; k < names.x.length; k++) {
      const size = names.rank[k] === 0 ? 14 : names.rank[k] === 1 ? 13 : 11.5;
      pen.font = `${names.rank[k] === 0 ? 600 : 400} ${size}px system-ui, sans-serif`;
      const w = pen.measureText(names.text[k]).width, x = this.px(names.x[k]) - w / 2, y = this.py(names.y[k]);
      const box = [x - 2, y - size / 2, x + w + 2, y + size / 2];
      if (!taken.free(box)) continue;
      taken.take(box);
      this.halo(names.text[k], x, y, "#4a5560");
    }
  }

  drawScale() {
    const { pen, camera } = this, metresPerPixel = this.city.metresPerStep / camera.scale;
    const rough = metresPerPixel * 110, power = 10 ** Math.floor(Math.log10(rough));
    const length = [5, 2, 1].map((k) => k * power).find((m) => m <= rough);
    const wide = length / metresPerPixel, x = 14, y = camera.height - 16;
    const text = length >= 1000 ? length / 1000 + " km" : length + " m";
    pen.fillStyle = "rgba(255,255,255,0.85)";
    pen.fillRect(x - 6, y - 20, wide + 34, 30);
    pen.strokeStyle = pen.fillStyle = "#1d2733";
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x, y - 4); pen.lineTo(x, y); pen.lineTo(x + wide, y); pen.lineTo(x + wide, y - 4);
    pen.stroke();
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "alphabetic";
    pen.fillText(text, x + 3, y - 6);
    const north = x + wide + 18; // the page's maps have north at the top
    pen.beginPath();
    pen.moveTo(north, y - 18); pen.lineTo(north + 5, y - 6); pen.lineTo(north, y - 9); pen.lineTo(north - 5, y - 6);
    pen.fill();
    pen.fillText("N", north - 4, y + 5);
  }

  // ---- what is under the pointer -----------------------------------------------------------------
  // {site} a drawn site, {outlet}, {cell} with {compound}; null where there is nothing.
  under(x, y) {
    const { sites, outlets, cells, walls } = this.city, shown = this.look.shown;
    const near = (k, xs, ys, reach) => Math.hypot(this.px(xs[k]) - x, this.py(ys[k]) - y) <= reach;
    if (shown("chosen")) {
      for (const mark of this.marks()) if (near(mark.k, sites.x, sites.y, 9)) return { site: mark.k, mark };
    }
    if (shown("existing")) {
      for (let k = 0; k < outlets.x.length; k++) {
        if ((this.look.format < 0 || outlets.format[k] === this.look.format) && near(k, outlets.x, outlets.y, 6)) return { outlet: k };
      }
    }
    if (shown("rejected")) {
      const found = this.nearestFree(x, y, 6);
      if (found >= 0) return { site: found, mark: null };
    }
    let best = -1, least = Infinity;
    for (let i = 0; i < this.state.length; i++) {
      const d = Math.hypot(this.px(cells.x[i]) - x, this.py(cells.y[i]) - y);
      const reach = cells.side ? (cells.side * this.camera.scale) / 2 : Math.max(this.radius(i), 4);
      if (d <= reach && d < least && cells.people[i] > 0) { best = i; least = d; }
    }
    const { tx, ty, scale } = this.camera;
    const compound = walls && shown("compounds") ? this.compoundAt((x - tx) / scale, (y - ty) / scale) : -1;
    return best < 0 && compound < 0 ? null : { cell: best, compound };
  }
  nearestFree(x, y, reach) {
    const { sites } = this.city;
    let found = -1, least = reach;
    for (const k of this.free()) {
      const d = Math.hypot(this.px(sites.x[k]) - x, this.py(sites.y[k]) - y);
      if (d <= least) { found = k; least = d; }
    }
    return found;
  }

  // The smallest compound there, by how often a line to the east meets its rings; -1 = none.
  compoundAt(x, y) {
    const { walls } = this.city, odd = new Set();
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
}

// Boxes that are taken, by the squares they touch, so that thousands stay quick.
class Boxes {
  constructor(width, height) { Object.assign(this, { width, height, bins: new Map() }); }
  squares(box, act) {
    const side = 32;
    for (let i = Math.floor(box[0] / side); i <= box[2] / side; i++) {
      for (let j = Math.floor(box[1] / side); j <= box[3] / side; j++) if (act(i * 4096 + j)) return true;
    }
    return false;
  }
  take(box) {
    this.squares(box, (key) => {
      if (this.bins.has(key)) this.bins.get(key).push(box);
      else this.bins.set(key, [box]);
      return false;
    });
  }
  free(box) {
    const apart = (t) => box[2] < t[0] || box[0] > t[2] || box[3] < t[1] || box[1] > t[3];
    return box[0] > 2 && box[1] > 2 && box[2] < this.width - 2 && box[3] < this.height - 2 &&
      !this.squares(box, (key) => (this.bins.get(key) || []).some((t) => !apart(t)));
  }
}
