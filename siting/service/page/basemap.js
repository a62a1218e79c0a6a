// What lies beneath the map: tiles of the address or file that the service was started with, if any.
// Squares of Web Mercator, stretched onto the map's degrees; over one tile of a city that is exact to
// a tenth of a pixel. They are faded, so that what the map tells stays on top.
import { state } from "/page/app.js";
import { fill } from "/page/dom.js";

const SIDE = 256, DRAWN = 512, MOST_KEPT = 400, MOST_SHOWN = 120;
const POINT = 1, LINE = 2, POLYGON = 3;
/** Layers of vector tiles by what their names hold: colours of areas and of lines. */
const KINDS = [[/water|ocean|river|lake|sea/i, "#b9d6ea", "#b9d6ea"], [/build/i, "#ddd6ce", null],
  [/park|green|wood|forest|land|grass|natural/i, "#dcead2", null], [/road|street|transport|highway|path|rail/i, null, "#b8bfc6"],
  [/bound|admin/i, null, "#a58fb0"], [/^earth$|mask|background/i, null, null], [/./, "#eceef0", "#c6ccd2"]];

export class Basemap {
  /** The basemap of a map in degrees; null where there is none. */
  static under(frame, loaded) { return state.basemap && frame ? new Basemap(state.basemap, frame, loaded) : null; }

  /** @param {object} told `{url, kind, least, most, credit}` @param {object} frame `{west, north, x, y}`: steps a degree
   * @param {() => void} loaded called when a tile has come */
  constructor(told, frame, loaded) {
    Object.assign(this, { told, frame, loaded });
    this.tiles = new Map(); // "z/x/y" -> a picture; null while it comes or where there is none
    this.came = this.missing = 0;
  }

  draw(pen, { scale, tx, ty, w, h }) {
    const { west, north, x: perX, y: perY } = this.frame;
    const wide = (360 * perX * scale) / SIDE; // tiles of this side around the earth
    const z = Math.max(this.told.least, Math.min(this.told.most, Math.round(Math.log2(wide)))), n = 2 ** z;
    const column = (px) => (((px - tx) / scale / perX + west + 180) / 360) * n;
    const row = (py) => {
      const phi = ((north - (py - ty) / scale / perY) * Math.PI) / 180;
      return ((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * n;
    };
    const px = (c) => Math.round(((c / n) * 360 - 180 - west) * perX * scale + tx);
    const py = (r) => Math.round((north - (Math.atan(Math.sinh(Math.PI * (1 - (2 * r) / n))) * 180) / Math.PI) * perY * scale + ty);
    const [x0, x1] = [column(0), column(w)].map(Math.floor), [y0, y1] = [row(0), row(h)].map((at) => Math.max(0, Math.min(n - 1, Math.floor(at))));
    if ((x1 - x0 + 1) * (y1 - y0 + 1) > MOST_SHOWN) return;
    pen.globalAlpha = 0.6;
    for (let r = y0; r <= y1; r++) {
      for (let c = x0; c <= x1; c++) {
        const picture = this.tile(z, ((c % n) + n) % n, r);
        if (picture) pen.drawImage(picture, px(c), py(r), px(c + 1) - px(c), py(r + 1) - py(r));
      }
    }
    pen.globalAlpha = 1;
  }

  /** Whom the tiles are owed to, or that none come. */
  credit(pen, { w, h }) {
    const host = this.told.url.startsWith("/") ? "" : new URL(this.told.url).host;
    const none = this.missing && !this.came ? state.words.basemap_missing : "";
    const text = [this.told.credit || host, none].filter(Boolean).join(" · ");
    if (!text) return;
    pen.font = "11px system-ui, sans-serif";
    const long = pen.measureText(text).width;
    pen.fillStyle = "rgba(255,255,255,0.85)";
    pen.fillRect(w - long - 12, h - 18, long + 12, 18);
    pen.fillStyle = "#1d2733";
    pen.fillText(text, w - long - 6, h - 5);
  }

  tile(z, x, y) {
    const key = `${z}/${x}/${y}`, known = this.tiles.get(key);
    if (known !== undefined) return known;
    this.tiles.set(key, null);
    if (this.tiles.size > MOST_KEPT) this.tiles.delete(this.tiles.keys().next().value);
    const url = fill(this.told.url.replace("{-y}", "{south}"), { z, x, y, south: 2 ** z - 1 - y });
    const fetched = this.told.kind === "raster" ? picture(url) : shapes(url);
    fetched.then((made) => { if (made) { this.came++; this.tiles.set(key, made); } else this.missing++; this.loaded(); },
      () => { this.missing++; this.loaded(); });
    return null;
  }
}

const picture = (url) => new Promise((come, failed) => {
  const made = new Image();
  // A cookie knows no port: a tile server of this computer would be shown ours.
  if (new URL(url, location).hostname === location.hostname) made.crossOrigin = "anonymous";
  made.onload = () => come(made);
  made.onerror = failed;
  made.src = url;
});

/** A vector tile (Mapbox Vector Tile 2.1) as a picture; null where there is none. */
async function shapes(url) {
  const answer = await fetch(url);
  if (answer.status === 204 || answer.status === 404) return null;
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const made = new OffscreenCanvas(DRAWN, DRAWN), pen = made.getContext("2d");
  pen.lineWidth = 1.5;
  const layers = [...fields(new Uint8Array(await answer.arrayBuffer()))].filter(([number]) => number === 3).map(([, raw]) => layerOf(raw));
  for (const [kind, what] of [[POLYGON, 1], [LINE, 2]]) { // areas below lines
    for (const layer of layers) {
      const colour = KINDS.find(([named]) => named.test(layer.name))[what];
      if (!colour) continue;
      pen.fillStyle = pen.strokeStyle = colour;
      pen.beginPath();
      for (const [type, geometry] of layer.features) if (type === kind) trace(pen, geometry, DRAWN / layer.extent, kind);
      if (kind === POLYGON) pen.fill("evenodd"); else pen.stroke();
    }
  }
  return made;
}

function layerOf(raw) {
  const layer = { name: "", extent: 4096, features: [] };
  for (const [number, value] of fields(raw)) {
    if (number === 1) layer.name = new TextDecoder().decode(value);
    else if (number === 5) layer.extent = value;
    else if (number === 2) {
      let type = POINT, geometry = new Uint8Array();
      for (const [part, inside] of fields(value)) { if (part === 3) type = inside; else if (part === 4) geometry = inside; }
      if (type !== POINT) layer.features.push([type, geometry]);
    }
  }
  return layer;
}

/** Moves, lines and closings of a geometry. */
function trace(pen, raw, scale, kind) {
  let x = 0, y = 0;
  const numbers = varints(raw), signed = (n) => (n >>> 1) ^ -(n & 1);
  for (let at = 0; at < numbers.length;) {
    const command = numbers[at] & 7, count = numbers[at++] >>> 3;
    if (command === 7) { if (kind === POLYGON) pen.closePath(); continue; }
    for (let k = 0; k < count && at + 1 < numbers.length; k++) {
      x += signed(numbers[at++]);
      y += signed(numbers[at++]);
      if (command === 1) pen.moveTo(x * scale, y * scale); else pen.lineTo(x * scale, y * scale);
    }
  }
}

function varints(raw) {
  const found = [];
  for (let at = 0; at < raw.length;) {
    let value = 0, shift = 0, byte;
    do { byte = raw[at++]; value += (byte & 127) * 2 ** shift; shift += 7; } while (byte >= 128 && at < raw.length);
    found.push(value);
  }
  return found;
}

/** `[number, value]` of each field of a message: whole numbers, and bytes. */
function* fields(raw) {
  let at = 0;
  const varint = () => {
    let value = 0, shift = 0, byte;
    do { byte = raw[at++]; value += (byte & 127) * 2 ** shift; shift += 7; } while (byte >= 128);
    return value;
  };
  while (at < raw.length) {
    const key = varint(), wire = key & 7;
    if (wire === 0) yield [key >>> 3, varint()];
    else if (wire === 2) { const long = varint(); yield [key >>> 3, raw.subarray(at, at + long)]; at += long; }
    else at += wire === 1 ? 8 : 4;
  }
}
