// Small line charts on a canvas, with their figures as a table beside them for who cannot see it.

const FONT = '11px system-ui, "Siting Sans", sans-serif';
const RING = 8; // pixels from its middle; the axes' figures stand clear of one at the corner

/** @param {HTMLCanvasElement} canvas @param {{name: string, colour: string, dash?: number[], points: number[][]}[]} lines */
export function chart(canvas, lines, { xName, yName, marks = [], rings = [], step = false, fromZero = false }) {
  const pen = canvas.getContext("2d"), w = canvas.width = canvas.clientWidth || 600, h = canvas.height = canvas.clientHeight || 240;
  pen.clearRect(0, 0, w, h);
  const all = lines.flatMap((line) => line.points);
  if (!all.length) return null;
  const xs = all.map((p) => p[0]), ys = all.map((p) => p[1]);
  const x0 = fromZero ? 0 : Math.min(...xs), x1 = Math.max(...xs), y0 = Math.min(...ys), y1 = Math.max(...ys);
  pen.font = FONT;
  const wide = lines.reduce((sum, line) => sum + 42 + pen.measureText(line.name).width, 0);
  const beside = pen.measureText(yName).width + 24 + wide < w; // the legend, else below the name
  const left = 66, right = 22, top = beside ? 22 : 38, bottom = 40;
  const px = (x) => left + ((x - x0) / (x1 - x0 || 1)) * (w - left - right);
  const py = (y) => h - bottom - ((y - y0) / (y1 - y0 || 1)) * (h - top - bottom);
  pen.fillStyle = "#3a4550";
  pen.strokeStyle = "#e3e7eb";
  for (let k = 0; k <= 4; k++) {
    const y = y0 + ((y1 - y0) * k) / 4, x = x0 + ((x1 - x0) * k) / 4;
    pen.beginPath(); pen.moveTo(left, py(y)); pen.lineTo(w - right, py(y)); pen.stroke();
    pen.textAlign = "right"; pen.fillText(short(y), left - RING - 4, py(y) + 4);
    pen.textAlign = "center"; pen.fillText(short(x), px(x), h - bottom + RING + 12);
  }
  pen.textAlign = "left"; pen.fillText(yName, 4, 12);
  pen.textAlign = "right"; pen.fillText(xName, w - right, h - 4);
  let legend = beside ? w - right - wide : 4;
  const row = beside ? 12 : 27;
  for (const line of lines) {
    pen.strokeStyle = line.colour;
    pen.setLineDash(line.dash || []);
    pen.lineWidth = 2;
    pen.beginPath();
    line.points.forEach(([x, y], at) => {
      if (at === 0) pen.moveTo(px(x), py(y));
      else { if (step) pen.lineTo(px(x), py(line.points[at - 1][1])); pen.lineTo(px(x), py(y)); }
    });
    pen.stroke();
    pen.beginPath(); pen.moveTo(legend, row - 4); pen.lineTo(legend + 22, row - 4); pen.stroke();
    pen.textAlign = "left"; pen.fillText(line.name, legend + 26, row);
    legend += 42 + pen.measureText(line.name).width;
    pen.setLineDash([]);
  }
  pen.strokeStyle = "#1d2733";
  for (const [x, y] of rings) { pen.beginPath(); pen.arc(px(x), py(y), RING, 0, 7); pen.stroke(); }
  for (const [x, y] of marks) { pen.fillStyle = "#d55e00"; pen.beginPath(); pen.arc(px(x), py(y), 5, 0, 7); pen.fill(); }
  return null;
}
const short = (n) => Math.abs(n) >= 1e6 ? `${+(n / 1e6).toPrecision(3)}M` : Math.abs(n) >= 1e4 ? `${+(n / 1e3).toPrecision(3)}k` : `${+n.toPrecision(3)}`;
