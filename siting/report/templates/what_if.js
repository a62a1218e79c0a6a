// What-if: a plan's figures, kept up to date with every step and exact. It follows siting/whatif,
// whose arrays it counts with (siting/whatif/arrays.py): people in whole parts of a person, money
// and areas in whole units; what is weighed is summed in big integers. Nothing here knows the page.
class WhatIf {
  constructor(head, arrays) {
    this.head = head;
    this.a = arrays;
    this.targets = head.targets;
    this.options = arrays.site.length;
    this.weight = head.targets.map((target) => BigInt(target.weight));
    this.decodeReach();
    const n = head.points, many = this.targets.length;
    this.count = Int32Array.from(arrays.base);
    this.covered = new Float64Array(many);
    this.reached = new Float64Array(many);
    for (let t = 0; t < many; t++) {
      for (let p = 0; p < n; p++) {
        const people = this.persons(t, p), count = this.count[t * n + p];
        if (count > 0) this.covered[t] += people;
        if (count >= head.enough) this.reached[t] += people;
      }
    }
    this.reachedBefore = Float64Array.from(this.reached);
    this.open = new Uint8Array(this.options);
    this.used = new Float64Array(arrays.rhs.length);
    this.made = new Float64Array(arrays.rhs.length);
    this.opened = new Int32Array(head.sites * head.phases);
    this.area = new Float64Array(head.sites);
    this.times = new Map(); // "site of a format" -> outlets of it there
    this.cost = 0;
    this.openingCosts = 0;
    const first = [];
    for (let o = 0; o < this.options; o++) if (arrays.chosen[o]) first.push(o);
    this.stored = first;
    this.put(first, []);
    this.offered = new Int32Array(head.sites + 1); // options of site s: offered[s] .. offered[s + 1]
    for (let o = 0; o < this.options; o++) this.offered[arrays.site[o] + 1]++;
    for (let s = 0; s < head.sites; s++) this.offered[s + 1] += this.offered[s];
  }

  decodeReach() {
    const { pairs, points } = this.a, { sites, standards } = this.head;
    this.start = new Int32Array(sites + 1);
    this.end = new Int32Array(standards * sites);
    this.point = new Int32Array(points.length);
    let k = 0;
    for (let s = 0; s < sites; s++) {
      for (let r = 0; r < standards; r++) {
        let p = 0;
        for (let left = pairs[s * standards + r]; left > 0; left--) this.point[k] = p += points[k++];
        this.end[r * sites + s] = k;
      }
      this.start[s + 1] = k;
    }
  }

  persons(t, p) { return this.a.persons[this.targets[t].group * this.head.points + p]; }
  serves(option, t) { return this.a.serves[this.a.kind[option] * this.targets.length + t] > 0; }
  place(option) { return this.a.site[option] * this.head.names.format.length + this.a.format[option]; }

  // Points within reach of a site for target t, one after the other.
  eachPoint(site, t, act) {
    const end = this.end[this.targets[t].standard * this.head.sites + site];
    for (let k = this.start[site]; k < end; k++) act(this.point[k]);
  }

  // ---- steps -----------------------------------------------------------------------------------

  put(added, removed) {
    for (const option of removed) this.change(option, -1);
    for (const option of added) this.change(option, 1);
  }

  change(option, sign) {
    const { a, head } = this, site = a.site[option], n = head.points;
    this.open[option] = sign > 0 ? 1 : 0;
    for (let t = 0; t < this.targets.length; t++) {
      if (!this.serves(option, t)) continue;
      this.eachPoint(site, t, (p) => {
        const old = this.count[t * n + p], now = old + sign, people = this.persons(t, p);
        this.count[t * n + p] = now;
        if (old === 0 || now === 0) this.covered[t] += sign * people;
        if (Math.max(old, now) === head.enough) this.reached[t] += sign * people;
      });
    }
    for (let k = a.rule_start[option]; k < a.rule_start[option + 1]; k++) {
      const row = a.rule_row[k], value = a.rule_value[k];
      this.used[row] += sign * value;
      if (a.calls[row] && value < 0) this.made[row] -= sign * value;
    }
    const was = this.firstOpening(site);
    this.opened[site * head.phases + a.phase[option]] += sign;
    const now = this.firstOpening(site);
    this.cost += sign * a.cost[option];
    if (was !== now) {
      this.openSite(site, was, -1);
      this.openSite(site, now, 1);
    }
    this.area[site] += sign * a.area[option];
    this.times.set(this.place(option), (this.times.get(this.place(option)) || 0) + sign);
  }

  // The phase in which a site first opens; -1 where it does not.
  firstOpening(site) {
    for (let phase = 0; phase < this.head.phases; phase++) {
      if (this.opened[site * this.head.phases + phase]) return phase;
    }
    return -1;
  }

  openSite(site, phase, sign) {
    if (phase < 0) return;
    for (const [row, value] of this.opening(site, phase)) this.used[row] += sign * value;
    this.cost += sign * this.a.opening_cost[site];
    this.openingCosts += sign * this.a.opening_cost[site];
  }

  opening(site, phase) {
    const { a } = this, at = site * this.head.phases + phase, found = [];
    for (let k = a.opening_start[at]; k < a.opening_start[at + 1]; k++) found.push([a.opening_row[k], a.opening_value[k]]);
    return found;
  }

  // ---- figures ---------------------------------------------------------------------------------

  chosen() {
    const found = [];
    for (let o = 0; o < this.options; o++) if (this.open[o]) found.push(o);
    return found;
  }

  // The objective as [numerator, denominator] in big integers; null where it does not follow.
  exact() {
    const { head } = this;
    if (!head.live.includes("objective")) return null;
    if (head.priced !== null) return [BigInt(head.priced ? this.cost : this.chosen().length), 1n];
    let sum = 0n;
    this.weight.forEach((weight, t) => { sum += weight * BigInt(this.reached[t] - this.reachedBefore[t]); });
    return this.inUnits(sum);
  }
  inUnits(sum) { return [sum * BigInt(this.head.unit[0]), BigInt(this.head.unit[1])]; }

  // What an option would win if it opened as well, in the problem's unit (a big integer).
  gain(option) { return this.open[option] ? 0n : this.weighed(option, this.head.enough - 1); }
  // What it would take along if it closed.
  loss(option) { return this.open[option] ? this.weighed(option, this.head.enough) : 0n; }

  weighed(option, count) {
    const n = this.head.points, site = this.a.site[option];
    let sum = 0n;
    for (let t = 0; t < this.targets.length; t++) {
      if (!this.serves(option, t) || this.weight[t] === 0n) continue;
      let people = 0;
      this.eachPoint(site, t, (p) => { if (this.count[t * n + p] === count) people += this.persons(t, p); });
      sum += this.weight[t] * BigInt(people);
    }
    return sum;
  }

  // Its own price, and its site's opening where that is closed.
  price(option) {
    const site = this.a.site[option];
    return this.a.cost[option] + (this.firstOpening(site) < 0 ? this.a.opening_cost[site] : 0);
  }

  // ---- rules -----------------------------------------------------------------------------------

  row(row) {
    const rule = this.head.rules[this.a.rule_of[row]], made = this.made[row];
    return { rule: rule.name, label: rule.labels[row - rule.first] || "", unit: rule.unit, by: rule.kind,
      limit: this.a.rhs[row] + made, used: this.used[row] + made };
  }

  // Row -> what one more option asks of it, its site's opening included.
  asked(option) {
    const { a } = this, found = new Map(), site = a.site[option], phase = a.phase[option];
    const add = (row, value) => found.set(row, (found.get(row) || 0) + value);
    for (let k = a.rule_start[option]; k < a.rule_start[option + 1]; k++) add(a.rule_row[k], a.rule_value[k]);
    const was = this.firstOpening(site);
    if (was < 0 || phase < was) {
      if (was >= 0) for (const [row, value] of this.opening(site, was)) add(row, -value);
      for (const [row, value] of this.opening(site, phase)) add(row, value);
    }
    return [...found].sort((one, other) => one[0] - other[0]);
  }

  // Why an option may not open as well; empty when nothing is in its way.
  blocks(option) {
    const { a, head } = this, site = a.site[option], found = [];
    for (const [row, asked] of this.asked(option)) {
      const sign = a.at_most[row] ? 1 : -1, more = sign * asked, room = sign * (a.rhs[row] - this.used[row]);
      if (more > 0 && more > room) {
        const told = this.row(row);
        found.push({ kind: "rule", ...told, asked, short: Math.abs(told.used + asked - told.limit) });
      }
    }
    const asked = a.area[option], room = a.site_area[site], used = this.area[site];
    if (asked && room >= 0 && used + asked > room) {
      found.push({ kind: "floor", site, limit: room, used, asked, short: used + asked - room, unit: "m2" });
    }
    const times = this.times.get(this.place(option)) || 0;
    if (times) {
      found.push({ kind: "one_size", format: a.format[option], site, limit: 1, used: times, asked: 1, short: times, unit: "outlets" });
    }
    for (const [spacing, other] of this.conflicts(option)) {
      found.push({ kind: "apart", rule: head.spacings[spacing].name, site: a.site[other], limit: 0, used: 0, asked: 1, short: 1, unit: "" });
    }
    return found;
  }

  // Open options that an option must keep away from, by spacing.
  conflicts(option) {
    const { a } = this, site = a.site[option], format = a.format[option], found = [];
    this.head.spacings.forEach((spacing, k) => {
      if (!spacing.formats.includes(format)) return;
      const start = a[`near${k}_start`], near = [site, ...a[`near${k}_site`].slice(start[site], start[site + 1])];
      for (const there of near) {
        for (let other = this.offered[there]; other < this.offered[there + 1]; other++) {
          if (!this.open[other] || other === option || !spacing.formats.includes(a.format[other])) continue;
          if (spacing.formats.length === 1 || a.format[other] !== format) found.push([k, other]);
        }
      }
    });
    return found;
  }

  // Everything that the plan breaks, and by how much.
  violations() {
    const { a, head } = this, found = [];
    for (let row = 0; row < a.rhs.length; row++) {
      const slack = a.rhs[row] - this.used[row];
      if (a.at_most[row] ? slack < 0 : slack > 0) found.push({ kind: "rule", ...this.row(row) });
    }
    for (let s = 0; s < head.sites; s++) {
      if (a.site_area[s] >= 0 && this.area[s] > a.site_area[s]) found.push({ kind: "floor", site: s, limit: a.site_area[s], used: this.area[s], unit: "m2" });
    }
    const formats = head.names.format.length;
    for (const [place, times] of [...this.times].sort((one, other) => one[0] - other[0])) {
      if (times > 1) found.push({ kind: "one_size", format: place % formats, site: Math.floor(place / formats), limit: 1, used: times, unit: "outlets" });
    }
    const chosen = this.chosen(), opened = chosen.filter((o) => a.action[o] === 0).length;
    if (head.p !== null && opened > head.p) found.push({ kind: "p", rule: "p", limit: head.p, used: opened, unit: "outlets" });
    for (const option of chosen) {
      for (const [spacing, other] of this.conflicts(option)) {
        if (option < other) found.push({ kind: "apart", rule: head.spacings[spacing].name, site: a.site[option], limit: 0, used: 1, unit: "" });
      }
    }
    if (head.live.includes("coverage")) found.push(...this.missed(), ...this.demanded());
    return found.map((one) => ({ rule: "", label: "", ...one, short: Math.abs(one.used - one.limit) }));
  }

  // Minimum coverages that are missed, in persons.
  missed() {
    const { a, head } = this, n = head.points, units = head.person_units, found = [];
    for (const minimum of head.minima) {
      let people = 0;
      for (const t of minimum.targets) {
        if (minimum.district === null) { people += this.covered[t]; continue; }
        for (let p = 0; p < n; p++) if (a.district[p] === minimum.district && this.count[t * n + p] > 0) people += this.persons(t, p);
      }
      if (people < minimum.need) {
        found.push({ kind: "min_coverage", rule: minimum.name, label: minimum.label, limit: minimum.need / units, used: people / units, unit: "persons" });
      }
    }
    return found;
  }

  // What the model itself asks: everybody who can be covered, or a share of all.
  demanded() {
    const { a, head } = this, n = head.points, found = [];
    if (head.counts === "share") {
      let all = 0n, covered = 0n;
      this.targets.forEach((target, t) => {
        let people = 0;
        for (let p = 0; p < n; p++) people += this.persons(t, p);
        all += this.weight[t] * BigInt(people);
        covered += this.weight[t] * BigInt(this.covered[t]);
      });
      const [over, under] = head.share.map(BigInt);
      if (covered * under < over * all) {
        found.push({ kind: "share", rule: head.model, limit: Number(over) / Number(under), used: Number(covered) / Number(all), unit: "" });
      }
    } else if (a.able) {
      this.targets.forEach((target, t) => {
        let left = 0;
        for (let p = 0; p < n; p++) if (a.able[t * n + p] && this.count[t * n + p] === 0) left++;
        if (left) found.push({ kind: "everybody", rule: head.model, label: head.names.format[target.format], limit: 0, used: left, unit: "points" });
      });
    }
    return found;
  }

  // ---- moving ----------------------------------------------------------------------------------

  // The option at a site to which an open one moves: its format and phase, its size if offered.
  destination(option, site) {
    const { a } = this, offers = [];
    for (let o = this.offered[site]; o < this.offered[site + 1]; o++) {
      if (!this.open[o] && a.format[o] === a.format[option] && a.phase[o] === a.phase[option]) offers.push(o);
    }
    const opens = offers.filter((o) => a.action[o] === 0), able = opens.length ? opens : offers;
    const same = able.find((o) => a.size[o] === a.size[option]);
    return same !== undefined ? same : able.length ? able[0] : -1;
  }
}

// The arrays' bytes: one after the other, each from a multiple of eight.
function arraysOf(layout, buffer) {
  const kinds = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, float64: Float64Array };
  const found = {};
  let at = 0;
  for (const [name, kind, length] of layout) {
    found[name] = new kinds[kind](buffer, at, length);
    at += Math.ceil(found[name].byteLength / 8) * 8;
  }
  return found;
}
