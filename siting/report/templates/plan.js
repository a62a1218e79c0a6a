"use strict";
// The map of a plan: a mark a site, a dot an outlet, names where they touch nothing.
(() => {
  const plan = /* data */ null, map = document.getElementById("map");
  if (!map) return;
  const R = 6, SVG = "http://www.w3.org/2000/svg", xs = plan.sites.map((s) => s.x), ys = plan.sites.map((s) => s.y);
  const camera = { scale: 1, tx: 0, ty: 0, home: 1 };
  const make = (name, into, values = {}) => {
    const found = into.appendChild(document.createElementNS(SVG, name));
    for (const [key, value] of Object.entries(values)) found.setAttribute(key, value);
    return found;
  };
  const element = (name, into, text = "") => Object.assign(into.appendChild(document.createElement(name)), { textContent: text });

  for (const [name, colour] of plan.formats) {
    const entry = element("span", document.getElementById("legend"));
    element("i", entry).style.background = colour;
    entry.append(name);
  }
  const marks = plan.sites.map((site) => {
    const group = make("g", map, { class: "mark" });
    site.rows.forEach(([format], k) => make("circle", group, {
      r: R, cx: (k - (site.rows.length - 1) / 2) * 1.5 * R, fill: plan.formats[format][1] }));
    group.addEventListener("pointerenter", () => show(site, group));
    group.addEventListener("click", () => show(site, group));
    return group;
  });
  const names = plan.sites.map((site) => Object.assign(make("text", map, { class: "name" }), { textContent: site.name }));
  let wide = []; // measured where the frame has its size: letters have none before
  const scale = make("path", map, { class: "scale" }), metres = make("text", map, { class: "metres", x: 16 });

  function show(site, group) {
    const card = document.getElementById("card"), table = document.createElement("table");
    for (const mark of marks) mark.classList.toggle("on", mark === group);
    plan.heads.forEach((head, c) => {
      if (site.rows.every(([, row]) => !row[c])) return;
      const line = element("tr", table);
      element("th", line, head);
      for (const [, row] of site.rows) element("td", line, row[c]);
    });
    card.replaceChildren(table);
    card.hidden = false;
  }

  // A name stands right, left, above or below its mark, wherever it meets neither mark nor name.
  function draw() {
    const at = plan.sites.map((site) => [site.x * camera.scale + camera.tx, site.y * camera.scale + camera.ty]);
    const half = plan.sites.map((site) => R + (site.rows.length - 1) * 0.75 * R);
    const taken = at.map(([x, y], k) => [x - half[k], y - R, x + half[k], y + R]);
    const free = (a) => taken.every((b) => a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1]);
    at.forEach(([x, y], k) => {
      marks[k].setAttribute("transform", `translate(${x} ${y})`);
      const d = half[k] + 3, w = wide[k];
      const spot = [[d, -7], [-d - w, -7], [-w / 2, -R - 16], [-w / 2, R + 2]]
        .map(([dx, dy]) => [x + dx, y + dy, x + dx + w, y + dy + 14]).find(free);
      names[k].style.display = spot ? "" : "none";
      if (!spot) return;
      taken.push(spot);
      names[k].setAttribute("x", spot[0]);
      names[k].setAttribute("y", spot[1] + 11);
    });
    const perPixel = plan.metresPerStep / camera.scale, power = 10 ** Math.floor(Math.log10(perPixel * 110));
    const length = [5, 2, 1].map((k) => k * power).find((m) => m <= perPixel * 110), y = map.clientHeight - 12;
    scale.setAttribute("d", `M12 ${y - 5}V${y}H${12 + length / perPixel}V${y - 5}`);
    metres.setAttribute("y", y - 6);
    metres.textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
  }
  function home() {
    for (const name of names) name.style.display = "";
    wide = names.map((name) => name.getComputedTextLength());
    const { clientWidth: w, clientHeight: h } = map, margin = 48;
    const [west, north, east, south] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    camera.scale = camera.home = Math.min((w - 2 * margin) / Math.max(east - west, 1), (h - 2 * margin) / Math.max(south - north, 1));
    camera.tx = (w - (west + east) * camera.scale) / 2;
    camera.ty = (h - (north + south) * camera.scale) / 2;
    draw();
  }
  function zoom(factor, x = map.clientWidth / 2, y = map.clientHeight / 2) {
    const to = Math.min(camera.home * 200, Math.max(camera.home / 4, camera.scale * factor)), by = to / camera.scale;
    Object.assign(camera, { scale: to, tx: x + (camera.tx - x) * by, ty: y + (camera.ty - y) * by });
    draw();
  }
  function move(dx, dy) {
    camera.tx += dx;
    camera.ty += dy;
    draw();
  }

  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = map.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  map.addEventListener("pointermove", (event) => { if (event.buttons & 1) move(event.movementX, event.movementY); });
  map.addEventListener("dblclick", home);
  map.addEventListener("keydown", (event) => {
    const keys = { "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: home, ArrowLeft: () => move(40, 0),
      ArrowRight: () => move(-40, 0), ArrowUp: () => move(0, 40), ArrowDown: () => move(0, -40) };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("zoom_in").addEventListener("click", () => zoom(1.25));
  document.getElementById("zoom_out").addEventListener("click", () => zoom(0.8));
  new ResizeObserver(home).observe(map);
  home();
})();
