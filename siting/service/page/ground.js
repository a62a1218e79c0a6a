// What lies around the streets: water, rail, borders, names, walled compounds and their gates, from
// the files that the scenario reads anyway.

const raw = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const u16 = (text) => new Uint16Array(raw(text)), u32 = (text) => new Uint32Array(raw(text));
const placed = (part) => ({ ...part, x: u16(part.x), y: u16(part.y) });
const shapes = (part) => ({ ...placed(part), start: u32(part.start) });

/** Arrays of what the service told; null for each part that there is none of. */
export const groundOf = ({ ground, walls }) => ({
  ground: ground && Object.fromEntries(Object.entries(ground).map(([name, part]) => [name, name === "names" ? placed(part) : shapes(part)])),
  walls: walls && { ...shapes(walls), gateX: u16(walls.gateX), gateY: u16(walls.gateY) },
});
/** Whether there is anything of it to be shown. */
export const anyGround = (ground) => Boolean(ground) && Object.values(ground).some((part) => part.x.length);

/** A pen upon a picture whose steps are `k` pixels wide and begin at `tx`, `ty`. */
function rings(pen, part, k, tx, ty) {
  pen.beginPath();
  for (let ring = 0; ring + 1 < part.start.length; ring++) {
    for (let j = part.start[ring]; j < part.start[ring + 1]; j++) {
      if (j === part.start[ring]) pen.moveTo(part.x[j] * k + tx, part.y[j] * k + ty);
      else pen.lineTo(part.x[j] * k + tx, part.y[j] * k + ty);
    }
  }
}
function lines(pen, part, colour, width, dash, k, tx, ty) {
  rings(pen, part, k, tx, ty);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

/** Below the people. */
export function paintGround(pen, { ground, walls }, shown, k, tx, ty) {
  if (ground && shown.ground) {
    rings(pen, ground.water, k, tx, ty);
    pen.fillStyle = "#d5e6f2";
    pen.fill("evenodd");
    lines(pen, ground.rivers, "#a9cbe3", 1.4, [], k, tx, ty);
    lines(pen, ground.rail, "#6b7580", 1.1, [5, 3], k, tx, ty);
    lines(pen, ground.districts, "#4a5560", 1.2, [8, 3, 2, 3], k, tx, ty);
  }
  if (!walls || !shown.compounds) return;
  rings(pen, walls, k, tx, ty);
  pen.fillStyle = "rgba(246,238,224,0.8)";
  pen.fill("evenodd");
  lines(pen, walls, "#b6986a", 1, [], k, tx, ty);
  pen.fillStyle = "#fff";
  pen.strokeStyle = "#7a5a28";
  pen.beginPath();
  for (let g = 0; g < walls.gateX.length; g++) {
    const x = walls.gateX[g] * k + tx, y = walls.gateY[g] * k + ty;
    pen.moveTo(x + 2.5, y);
    pen.arc(x, y, 2.5, 0, 7);
  }
  pen.fill();
  pen.stroke();
}

/** Names on top, larger places first, each where it touches none before it. */
export function paintNames(pen, { ground }, map) {
  if (!ground) return;
  const taken = [], { names } = ground;
  pen.textBaseline = "middle";
  pen.lineWidth = 3.5;
  for (let n = 0; n < names.x.length; n++) {
    const size = names.rank[n] === 0 ? 14 : names.rank[n] === 1 ? 13 : 11.5;
    pen.font = `${names.rank[n] === 0 ? 600 : 400} ${size}px system-ui, "Siting Sans", sans-serif`;
    const w = pen.measureText(names.text[n]).width, x = map.px(names.x[n]) - w / 2, y = map.py(names.y[n]);
    const box = [x - 2, y - size / 2, x + w + 2, y + size / 2];
    if (box[0] < 2 || box[1] < 2 || box[2] > map.w - 2 || box[3] > map.h - 2) continue;
    if (taken.some((t) => box[2] >= t[0] && box[0] <= t[2] && box[3] >= t[1] && box[1] <= t[3])) continue;
    taken.push(box);
    pen.strokeStyle = "rgba(255,255,255,0.92)";
    pen.strokeText(names.text[n], x, y);
    pen.fillStyle = "#4a5560";
    pen.fillText(names.text[n], x, y);
  }
  pen.textBaseline = "alphabetic";
}
