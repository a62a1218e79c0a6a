// The city on a canvas: people as pixels, streets as a picture that is kept, marks on top.
// People are written into the picture's memory: a call of the canvas for each takes twenty times
// as long (measured with 50,000 places).

import { Basemap } from "/page/basemap.js";
import { paintGround, paintNames } from "/page/ground.js";

const SCALE = ["#a9b0b8", "#cfe6c9", "#8fd0c0", "#41a8bd", "#1f6fae", "#1b2f73"];
const DIFFERENCE = ["#d5dbe1", "#8b98a5", "#0072b2", "#cc79a7"]; // neither, alike, the first, the second
const BLUE = "#0072b2", ORANGE = "#e69f00", BLIND = "#a9b0b8";
export const COLOURS = { SCALE, BLUE, ORANGE, BLIND };
const rgba = (hex) => { // little-endian: alpha, blue, green, red
  const n = parseInt(hex.slice(1), 16);
  return (0xff000000 | ((n & 255) << 16) | (n & 0xff00) | (n >> 16)) >>> 0;
};
/** A colour two thirds on its way to white. */
const pale = (hex) => "#" + [1, 3, 5].map((at) => Math.round(170 + parseInt(hex.slice(at, at + 2), 16) / 3).toString(16)).join("");
const popcount = (m) => {
  m -= (m >>> 1) & 0x55555555;
  m = (m & 0x33333333) + ((m >>> 2) & 0x33333333);
  return (((m + (m >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};

export class CityMap {
  /** @param {HTMLCanvasElement} canvas @param {object} city `{contents, points, streets}`
   * @param {object} handlers `{site, point, lift, drop}` @param {{masks: Uint32Array, sites: Set<number>}} other a second plan, or null */
  constructor(canvas, city, handlers, other = null) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.city = city;
    this.handlers = handlers;
    this.format = -1;
    this.moment = "after";
    this.open = new Set();
    this.glow = null; // Map site -> gain while one moves
    this.other = other && other.sites;
    this.otherMasks = other && other.masks;
    this.tint = null; // points in reach of the selected site
    this.selected = -1;
    this.show = { streets: true, premises: true, outlets: true, basemap: true, ground: true, compounds: true };
    this.basemap = Basemap.under(city.contents.frame, () => this.later());
    this.scale = 0;
    const { at, people } = city.points;
    this.n = people.length;
    this.words = city.points.masks.length / Math.max(this.n, 1);
    let x = 1, y = 1;
    for (let i = 0; i < this.n; i++) { x = Math.max(x, at[2 * i]); y = Math.max(y, at[2 * i + 1]); }
    for (const v of city.contents.sites.x) x = Math.max(x, v);
    for (const v of city.contents.sites.y) y = Math.max(y, v);
    this.width = x * 1.02;
    this.height = y * 1.02;
    this.frames = [];
    this.classify();
    this._listen();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  // ---- what a place looks like ----------------------------------------------------------------
  colourOf(i) {
    const { masks, before } = this.city.points, w = this.words;
    if (this.otherMasks) return this.differenceOf(i);
    if (this.format >= 0) {
      const word = i * w + (this.format >> 5), bit = 1 << (this.format & 31);
      const had = before[word] & bit, has = this.moment === "after" ? masks[word] & bit : had;
      return has ? (had ? 1 : 2) : 0;
    }
    const from = this.moment === "after" ? masks : before;
    let reached = 0;
    for (let k = 0; k < w; k++) reached += popcount(from[i * w + k]);
    const all = this.city.contents.formats.length;
    return reached === 0 ? 0 : reached >= all ? 5 : Math.min(4, Math.ceil((reached / all) * 4));
  }
  /** 0 neither plan serves the place, 1 both do alike, 2 the first does more, 3 the second. */
  differenceOf(i) {
    const { masks } = this.city.points, w = this.words;
    let mine = 0, theirs = 0;
    if (this.format >= 0) {
      const word = i * w + (this.format >> 5), bit = 1 << (this.format & 31);
      mine = masks[word] & bit ? 1 : 0;
      theirs = this.otherMasks[word] & bit ? 1 : 0;
    } else for (let k = 0; k < w; k++) { mine += popcount(masks[i * w + k]); theirs += popcount(this.otherMasks[i * w + k]); }
    return mine > theirs ? 2 : theirs > mine ? 3 : mine ? 1 : 0;
  }
  palette() { return this.otherMasks ? DIFFERENCE : this.format >= 0 ? [BLIND, BLUE, ORANGE] : SCALE; }

  /** Classes of all places anew, when the format or the moment is another. */
  classify() {
    this.classes = new Uint8Array(this.n);
    this.totals = this.palette().map(() => 0); // people by colour, for the legend
    for (let i = 0; i < this.n; i++) {
      this.classes[i] = this.colourOf(i);
      this.totals[this.classes[i]] += this.city.points.people[i];
    }
    this.later();
  }
  /** Classes of the places that a change touched. */
  touch(points) {
    for (const i of points) {
      const now = this.colourOf(i);
      if (now === this.classes[i]) continue;
      this.totals[this.classes[i]] -= this.city.points.people[i];
      this.totals[now] += this.city.points.people[i];
      this.classes[i] = now;
    }
    this.later();
  }

  // ---- drawing --------------------------------------------------------------------------------
  later() {
    this.stale = true;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; if (this.stale) this.draw(); });
  }
  px(x) { return x * this.scale + this.tx; }
  py(y) { return y * this.scale + this.ty; }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width || !box.height) return;
    this.w = Math.round(box.width);
    this.h = Math.round(box.height);
    this.canvas.width = this.w;
    this.canvas.height = this.h;
    if (!this.scale) this.fit();
    this.image = this.pen.createImageData(this.w, this.h);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.layer = new OffscreenCanvas(this.w, this.h);
    this.kept = {};
    this.later();
  }
  fit() {
    this.scale = this.home = Math.min((this.w - 24) / this.width, (this.h - 24) / this.height);
    this.tx = (this.w - this.width * this.scale) / 2;
    this.ty = (this.h - this.height * this.scale) / 2;
  }

  draw() {
    if (!this.image) return;
    this.stale = false;
    const begun = performance.now(), pen = this.pen;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, this.w, this.h);
    if (this.basemap && this.show.basemap) this.basemap.draw(pen, this);
    const { around } = this.city;
    if (around) this.drawKept("ground", (to, w, h, tx, ty) => paintGround(to, around, this.show, this.scale, tx, ty), `${this.show.ground} ${this.show.compounds}`);
    if (this.show.streets) this.drawKept("streets", (...to) => this.paintStreets(...to));
    this.drawPeople();
    if (this.show.premises) this.drawKept("premises", (...to) => this.paintPremises(...to));
    this.drawGlow();
    if (this.show.outlets) this.drawOutlets();
    if (this.moment === "after") this.drawChosen();
    if (around && this.show.ground) paintNames(pen, around, this);
    this.drawScaleBar();
    if (this.basemap && this.show.basemap) this.basemap.credit(pen, this);
    this.frames.push(performance.now() - begun);
    if (this.frames.length > 500) this.frames.shift();
    this.canvas.dataset.drawn = String(Number(this.canvas.dataset.drawn || 0) + 1);
    if (this.basemap) this.canvas.dataset.tiles = String(this.basemap.came);
    this.canvas.dataset.view = `${this.scale} ${this.tx} ${this.ty}`;
  }

  /** A layer that no change touches: drawn once a zoom, with a margin, and moved while one pans. */
  drawKept(name, paint, what = "") {
    const key = `${this.scale} ${this.w} ${this.h} ${what}`, margin = 0.5;
    let kept = this.kept[name];
    if (!kept || kept.key !== key || Math.abs(this.tx - kept.tx) > this.w * margin || Math.abs(this.ty - kept.ty) > this.h * margin) {
      const w = Math.round(this.w * (1 + 2 * margin)), h = Math.round(this.h * (1 + 2 * margin));
      const picture = new OffscreenCanvas(w, h);
      paint(picture.getContext("2d"), w, h, this.tx + this.w * margin, this.ty + this.h * margin);
      kept = this.kept[name] = { key, tx: this.tx, ty: this.ty, picture };
    }
    this.pen.drawImage(kept.picture, Math.round(this.tx - kept.tx - this.w * margin), Math.round(this.ty - kept.ty - this.h * margin));
  }
  paintStreets(pen, w, h, tx, ty) {
    const s = this.city.streets, k = this.scale;
    pen.strokeStyle = "#c3cad1";
    pen.lineWidth = Math.min(2, Math.max(0.5, (k / this.home) * 0.5));
    pen.beginPath();
    for (let i = 0; i < s.length; i += 4) {
      const x1 = s[i] * k + tx, y1 = s[i + 1] * k + ty, x2 = s[i + 2] * k + tx, y2 = s[i + 3] * k + ty;
      if ((x1 < 0 && x2 < 0) || (x1 > w && x2 > w) || (y1 < 0 && y2 < 0) || (y1 > h && y2 > h)) continue;
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
    }
    pen.stroke();
  }
  paintPremises(pen, w, h, tx, ty) {
    const { x, y, kind } = this.city.contents.sites, k = this.scale;
    pen.strokeStyle = "#57626d";
    pen.lineWidth = 1;
    pen.beginPath();
    for (let s = 0; s < x.length; s++) {
      const a = x[s] * k + tx, b = y[s] * k + ty;
      if (kind[s] !== "" || a < -5 || b < -5 || a > w + 5 || b > h + 5) continue;
      pen.moveTo(a + 3, b);
      pen.arc(a, b, 3, 0, 7);
    }
    pen.stroke();
  }

  drawPeople() {
    const { at, people } = this.city.points, { w, h, pixels, classes } = this;
    const colours = this.palette().map(rgba), dim = this.tint ? this.palette().map((hex) => rgba(pale(hex))) : null;
    const side = Math.max(2, Math.min(9, Math.round(1.6 * Math.sqrt(this.scale / this.home) *
      Math.sqrt((w * h) / Math.max(this.n, 1)) * 0.25)));
    pixels.fill(0);
    for (let i = 0; i < this.n; i++) {
      if (people[i] <= 0) continue;
      const x = (at[2 * i] * this.scale + this.tx - side / 2) | 0, y = (at[2 * i + 1] * this.scale + this.ty - side / 2) | 0;
      if (x < 0 || y < 0 || x + side > w || y + side > h) continue;
      const colour = (dim && !this.tint.has(i) ? dim : colours)[classes[i]];
      for (let row = 0, p = y * w + x; row < side; row++, p += w) {
        for (let c = 0; c < side; c++) pixels[p + c] = colour;
      }
    }
    this.layer.getContext("2d").putImageData(this.image, 0, 0);
    this.pen.globalAlpha = 0.85;
    this.pen.drawImage(this.layer, 0, 0);
    this.pen.globalAlpha = 1;
  }

  seen(x, y) { return x > -12 && y > -12 && x < this.w + 12 && y < this.h + 12; }
  drawGlow() {
    if (!this.glow) return;
    const { x, y } = this.city.contents.sites, pen = this.pen, most = Math.max(0, ...this.glow.values());
    if (!most) return;
    pen.fillStyle = ORANGE;
    for (const [s, gain] of this.glow) {
      pen.globalAlpha = 0.75;
      pen.beginPath();
      pen.arc(this.px(x[s]), this.py(y[s]), 2 + 9 * Math.sqrt(gain / most), 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }
  drawOutlets() {
    const { x, y, format } = this.city.contents.outlets, pen = this.pen;
    pen.fillStyle = "#2b3642";
    for (let k = 0; k < x.length; k++) {
      if (this.format >= 0 && format[k] !== this.format) continue;
      const a = this.px(x[k]), b = this.py(y[k]);
      if (this.seen(a, b)) pen.fillRect(a - 2.5, b - 2.5, 5, 5);
    }
  }
  drawChosen() {
    const { x, y, kind } = this.city.contents.sites, pen = this.pen;
    const all = this.other ? new Set([...this.open, ...this.other]) : this.open;
    for (const s of all) {
      if (kind[s] === "vehicle") continue;
      const a = this.px(x[s]), b = this.py(y[s]);
      if (!this.seen(a, b)) continue;
      const mine = this.open.has(s), theirs = this.other && this.other.has(s);
      pen.fillStyle = !this.other || (mine && theirs) ? "#d55e00" : mine ? "#0072b2" : "#cc79a7";
      pen.strokeStyle = s === this.selected ? "#000" : "#fff";
      pen.lineWidth = s === this.selected ? 2.5 : 1.5;
      pen.beginPath();
      if (this.other && !mine) pen.rect(a - 5, b - 5, 10, 10); // shape too, colour alone says nothing
      else if (this.other && !theirs) { pen.moveTo(a, b - 7); pen.lineTo(a + 7, b + 5); pen.lineTo(a - 7, b + 5); pen.closePath(); }
      else pen.arc(a, b, 6, 0, 7);
      pen.fill();
      pen.stroke();
    }
    if (this.selected >= 0 && !all.has(this.selected)) {
      pen.strokeStyle = "#000";
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(this.px(x[this.selected]), this.py(y[this.selected]), 8, 0, 7);
      pen.stroke();
    }
  }
  drawScaleBar() {
    const metres = this.city.contents.metres_per_step;
    if (!metres) return;
    const each = metres / this.scale, rough = each * 110, power = 10 ** Math.floor(Math.log10(rough));
    const long = [5, 2, 1].map((k) => k * power).find((m) => m <= rough), wide = long / each;
    const pen = this.pen, x = 14, y = this.h - 14;
    pen.fillStyle = "rgba(255,255,255,0.85)";
    pen.fillRect(x - 6, y - 20, wide + 12, 28);
    pen.strokeStyle = pen.fillStyle = "#1d2733";
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x, y - 4); pen.lineTo(x, y); pen.lineTo(x + wide, y); pen.lineTo(x + wide, y - 4);
    pen.stroke();
    pen.font = "12px system-ui, sans-serif";
    pen.fillText(long >= 1000 ? `${long / 1000} km` : `${long} m`, x + 3, y - 6);
    pen.font = "bold 13px system-ui, sans-serif";
    pen.fillStyle = "rgba(255,255,255,0.85)";
    pen.fillRect(this.w - 42, 4, 38, 22);
    pen.fillStyle = "#1d2733";
    pen.fillText("N ↑", this.w - 34, 20);
  }

  // ---- what is under the pointer ----------------------------------------------------------------
  siteAt(x, y) {
    const s = this.city.contents.sites;
    let best = -1, least = 10 * 10;
    for (let k = 0; k < s.x.length; k++) {
      if (s.kind[k] === "vehicle") continue;
      const d = (this.px(s.x[k]) - x) ** 2 + (this.py(s.y[k]) - y) ** 2;
      if (d < least || (d === least && this.open.has(k))) { least = d; best = k; }
    }
    return best;
  }
  pointAt(x, y) {
    const { at, people } = this.city.points;
    let best = -1, least = 8 * 8;
    for (let i = 0; i < this.n; i++) {
      if (people[i] <= 0) continue;
      const d = (this.px(at[2 * i]) - x) ** 2 + (this.py(at[2 * i + 1]) - y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  zoom(factor, x = this.w / 2, y = this.h / 2) {
    const next = Math.min(this.home * 80, Math.max(this.home * 0.7, this.scale * factor));
    this.tx = x - ((x - this.tx) * next) / this.scale;
    this.ty = y - ((y - this.ty) * next) / this.scale;
    this.scale = next;
    this.later();
  }
  centre(site) { this.centreAt(this.city.contents.sites.x[site], this.city.contents.sites.y[site]); }
  centreAt(x, y) {
    this.scale = Math.max(this.scale, this.home * 3);
    // In the middle, but for the city's edge, beyond which there is nothing to see.
    const middle = (long, at, city) => Math.min(20, Math.max(long - 20 - city * this.scale, long / 2 - at * this.scale));
    this.tx = middle(this.w, x, this.width);
    this.ty = middle(this.h, y, this.height);
    this.later();
  }

  _listen() {
    const canvas = this.canvas;
    const spot = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const [x, y] = spot(event), site = this.siteAt(x, y);
      const lifts = site >= 0 && this.open.has(site) && this.moment === "after" ? site : -1;
      drag = { x, y, tx: this.tx, ty: this.ty, lifts, moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const [x, y] = spot(event);
      if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) > 4) {
        drag.moved = true;
        if (drag.lifts >= 0) this.handlers.lift(drag.lifts);
      }
      if (drag.moved && drag.lifts < 0) { this.tx = drag.tx + x - drag.x; this.ty = drag.ty + y - drag.y; this.later(); }
    });
    const drop = (event) => {
      if (!drag) return;
      const [x, y] = spot(event), was = drag;
      drag = null;
      if (was.moved && was.lifts >= 0) this.handlers.drop(was.lifts, this.siteAt(x, y));
      else if (!was.moved) {
        const site = this.siteAt(x, y);
        if (site >= 0) this.handlers.site(site);
        else { const point = this.pointAt(x, y); if (point >= 0) this.handlers.point(point); }
      }
    };
    canvas.addEventListener("pointerup", drop);
    canvas.addEventListener("pointercancel", () => { if (drag && drag.lifts >= 0) this.handlers.drop(drag.lifts, -1); drag = null; });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.0015), ...spot(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
      if (step) { this.tx += step[0]; this.ty += step[1]; this.later(); }
      else if (event.key === "+" || event.key === "=") this.zoom(1.4);
      else if (event.key === "-") this.zoom(1 / 1.4);
      else if (event.key === "0") { this.fit(); this.later(); }
      else return;
      event.preventDefault();
    });
  }
}
