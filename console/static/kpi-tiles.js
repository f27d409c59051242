// The seven numbers of the header row, each with where it came from and how it went.

import { sparkline } from "./charts.js";
import { h, put, say } from "./dom.js";
import { atMinute, moneyParts, moneyWhole, share, t, tenth, whole } from "./i18n.js";
import { Panel } from "./panel.js";
import { state } from "./store.js";

const TURN_MS = 400; // one curve after the other, so that no frame has to draw them all

const TILES = [
  { name: "kpi.online", under: (kpi) => t("kpi.online.under", { n: whole(kpi.offline) }) },
  { name: "kpi.sales", money: true, under: (kpi) => t("kpi.sales.under", { money: moneyWhole(kpi.stores_minor) }) },
  { name: "kpi.vends", show: (value) => (value < 10 ? tenth(value) : whole(value)), under: (kpi) => (kpi.units === null ? "" : t("kpi.vends.under", { n: whole(kpi.units) })) },
  { name: "kpi.lanes_out", under: (kpi) => t("kpi.lanes_out.under", { share: share(kpi.lanes ? kpi.now[3] / kpi.lanes : 0), n: whole(kpi.lanes) }),
    alert: (kpi) => (kpi.now[3] ? "sold-out" : "") },
  { name: "kpi.unacknowledged", under: (kpi) => (kpi.worst
    ? t("kpi.unacknowledged.under", { priority: kpi.worst[0], time: atMinute(kpi.worst[1]) }) : t("kpi.unacknowledged.none")),
    alert: (kpi) => (kpi.worst ? ["", "fault", "sold-out", ""][kpi.worst[0]] : "") },
  { name: "kpi.vans", under: (kpi) => (kpi.visits === null ? "" : t("kpi.vans.under", { n: whole(state.vans.length), visits: whole(kpi.visits) })) },
  { name: "kpi.cash", money: true, shown: (kpi) => kpi.cash, under: (kpi) => (kpi.cash_today === null ? "" : t("kpi.cash.under", { money: moneyWhole(kpi.cash_today) })) },
];

export class KpiTiles extends Panel {
  build() {
    this.setAttribute("aria-label", t("kpi.label"));
    this.tiles = TILES.map((tile) => {
      const small = h("small", { hidden: !tile.money });
      const number = h("span");
      const under = h("div", { class: "under" });
      const canvas = h("canvas", { "aria-hidden": "true" });
      const box = h("div", { class: "kpi", role: "listitem" }, h("div", { class: "name", text: t(tile.name) }),
        h("div", { class: "value" }, small, number), under, canvas);
      return { tile, box, small, number, under, canvas };
    });
    return this.tiles.map((tile) => tile.box);
  }

  resized() {
    if (state.kpi) this.update({ tick: true, theme: true });
  }

  update(what) {
    if (!what.tick) return;
    const kpi = state.kpi, turn = Math.floor(performance.now() / TURN_MS) % TILES.length;
    const all = what.theme || what.snapshot || what.history;
    const turned = turn !== this.turn;
    this.turn = turn;
    this.tiles.forEach(({ tile, box, small, number, under, canvas }, index) => {
      const value = kpi.now[index];
      if (tile.money) {
        const [symbol, digits] = moneyParts(value);
        say(small, symbol);
        say(number, digits);
      } else say(number, (tile.show ?? whole)(value));
      const below = tile.under(kpi);
      say(under, below);
      put(under, "title", below);
      put(box, "class", `kpi ${tile.alert?.(kpi) ?? ""}`.trim());
      box.hidden = tile.shown?.(kpi) === false;
      if (all || (turned && index === turn)) sparkline(canvas, [...state.history.map((past) => past[index]), value]);
    });
  }
}
