// One machine in full: its lanes as they hang, the cabinet's temperature, today's figures.

import { temperatureCurve } from "./charts.js";
import { h, put, say } from "./dom.js";
import { money, named, t, tenth, whole } from "./i18n.js";
import { Panel } from "./panel.js";
import { address } from "./router.js";
import { FAULT, OFFLINE, SOLD_OUT, state, stateWord } from "./store.js";

const COLUMNS_MAX = 8;

/** Rows as the planogram names them: by letter, by hundreds, else as many as fit. */
export function shelves(lanes) {
  const shelf = (code) => /^[A-Za-z]+/.exec(code)?.[0] ?? (/^\d{3,}$/.test(code) ? code[0] : null);
  if (lanes.every((lane) => shelf(lane[0]) !== null)) {
    const rows = Map.groupBy ? Map.groupBy(lanes, (lane) => shelf(lane[0])) : grouped(lanes, shelf);
    const longest = Math.max(...[...rows.values()].map((row) => row.length));
    if (longest <= COLUMNS_MAX + 2) return [...rows];
  }
  const rows = [];
  for (let at = 0; at < lanes.length; at += COLUMNS_MAX) rows.push([lanes[at][0], lanes.slice(at, at + COLUMNS_MAX)]);
  return rows;
}

function grouped(lanes, shelf) {
  const rows = new Map();
  for (const lane of lanes) rows.set(shelf(lane[0]), [...(rows.get(shelf(lane[0])) ?? []), lane]);
  return rows;
}

export class MachinePanel extends Panel {
  tiles = new Map();

  build() {
    this.tiles.clear();
    this.shape = this.shownFacts = "";
    this.id_ = h("h2");
    this.site = h("span", { class: "about" });
    this.pill = h("span", { class: "pill", hidden: true });
    this.lanes = h("div", { class: "lanes", role: "list", "aria-label": t("machine.lanes") });
    this.temp = h("b");
    this.canvas = h("canvas", { role: "img" });
    this.facts = h("dl", { class: "facts" });
    this.nothing = h("div", { class: "empty", text: t("machine.none") });
    this.inside = h("div", { class: "inside", hidden: true }, this.lanes,
      h("div", { class: "side" }, h("div", { class: "head" }, h("span", { class: "muted", text: t("machine.cabinet") }), this.temp), this.canvas, this.facts));
    this.link = h("a", { class: "button link", hidden: true, text: t("machine.open") });
    return [h("div", { class: "panel-head" }, this.id_, this.site, this.pill, h("span", { class: "spring" }), this.link), this.nothing, this.inside];
  }

  resized() {
    this.curve();
  }

  update(what) {
    const machine = state.machines[state.selected];
    if (!machine) {
      if (!this.id_.textContent) say(this.id_, t("machine.title"));
      return;
    }
    if (what.selected || what.machines) this.head(machine);
    if (what.theme) this.curve();
    if (what.detail && state.detail) this.show(machine, state.detail);
  }

  head(machine) {
    this.setAttribute("aria-label", t("machine.label", { id: machine.id }));
    say(this.id_, machine.id);
    this.link.hidden = false;
    put(this.link, "href", address("machine", machine));
    put(this.link, "aria-label", t("machine.open.long", { id: machine.id }));
    say(this.site, named(machine.names));
    const kind = { [FAULT]: "fault", [OFFLINE]: "offline" }[machine.state] ?? "";
    const counted = machine.state === SOLD_OUT || (machine.state < SOLD_OUT && machine.empty > 0);
    this.pill.hidden = !counted && !kind;
    this.pill.className = `pill ${kind}`.trim();
    say(this.pill, kind ? t(stateWord(machine)) : t("machine.sold_out", { n: whole(machine.empty) }));
  }

  show(machine, detail) {
    this.nothing.hidden = true;
    this.inside.hidden = false;
    const shape = `${machine.number}:${detail.lanes.map((lane) => lane[0]).join()}`;
    if (shape !== this.shape) this.arrange(detail.lanes);
    this.shape = shape;
    for (const lane of detail.lanes) this.fill(this.tiles.get(lane[0]), lane);
    say(this.temp, machine.temp === null ? "–" : `${tenth(machine.temp / 10)} °C`);
    this.temp.style.color = machine.temp > state.chain.temp_band[1] ? "var(--fault)" : "";
    this.curve();
    const rows = [
      [t("machine.sales"), money(machine.sales)], [t("machine.units"), whole(machine.units)],
      ...(detail.cash === null ? [] : [[t("machine.cash"), money(detail.cash)]]), [t("machine.lost"), whole(detail.refused)],
      ...detail.locks.map(([by, why]) => [t(`machine.locked.${by}`), why || t("machine.yes"), "bad"]),
      ...(detail.spoilt ? [[t("machine.spoilt"), t("machine.spoilt.lanes", { n: whole(detail.spoilt) }), "bad"]] : []),
      ...(detail.unread ? [[t("machine.unread"), t("machine.yes"), "bad"]] : []),
      ...(detail.mains ? [] : [[t("machine.mains"), t("machine.off"), "bad"]]),
      ...(detail.door_open ? [[t("machine.door"), t("machine.open"), ""]] : []),
      ...detail.missing.map((device) => [t("machine.missing"), t(`device.${device}`), "bad"]),
    ];
    const facts = JSON.stringify(rows);
    if (facts !== this.shownFacts) {
      this.shownFacts = facts;
      this.facts.replaceChildren(...rows.flatMap(([name, value, kind]) =>
        [h("dt", { text: name }), h("dd", { text: value, class: kind })]));
    }
  }

  arrange(lanes) {
    const rows = shelves(lanes);
    this.lanes.style.setProperty("--columns", Math.max(...rows.map(([, row]) => row.length)));
    this.lanes.style.setProperty("--rows", rows.length);
    this.lanes.classList.toggle("roomy", rows.length <= 5);
    this.tiles.clear();
    this.lanes.replaceChildren(...rows.flatMap(([name, row]) => [
      h("span", { class: "row-name", text: name, "aria-hidden": "true" }),
      ...row.map(([code]) => {
        const tile = { product: h("div", { class: "product" }), number: h("b"), of: h("span"), bar: h("i") };
        tile.box = h("div", { class: "lane", role: "listitem" }, tile.product,
          h("div", { class: "level" }, tile.number, tile.of), h("div", { class: "fill" }, tile.bar));
        this.tiles.set(code, tile);
        return tile.box;
      }),
    ]));
    [...this.lanes.querySelectorAll(".row-name")].forEach((label) => { label.style.gridColumn = "1"; });
  }

  fill(tile, [code, product, price, capacity, par, level, why, blocks]) {
    const stopped = [...(why ? [why] : []), ...blocks];
    const kind = why ? "jam" : blocks.length ? `held ${blocks[0]}` : level === 0 ? "out" : level * 100 <= capacity * state.chain.low_percent ? "low" : "";
    const name = named(state.chain.products[product] ?? [product, product]);
    put(tile.box, "class", `lane ${kind}`.trim());
    say(tile.product, name);
    say(tile.number, stopped.length ? t(`lane.${stopped[0]}`) : kind === "out" ? t("lane.out") : whole(level));
    say(tile.of, stopped.length || kind === "out" ? "" : `/${whole(par)}`);
    tile.bar.style.width = `${par ? Math.min(100, (level / par) * 100) : 0}%`;
    const words = t("lane.words", { code, name, level: whole(level), par: whole(par), price: money(price) });
    const told = [words, ...stopped.map((each) => t(`lane.${each}.long`))].join(" · ");
    put(tile.box, "title", told);
    put(tile.box, "aria-label", told);
  }

  curve() {
    const detail = state.detail;
    if (!detail || this.inside.hidden) return;
    temperatureCurve(this.canvas, detail.temps, state.chain.temp_band, [t("machine.day_ago"), t("machine.now")]);
    this.canvas.setAttribute("aria-label", t("machine.curve"));
  }
}
