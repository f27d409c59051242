// Panels of one machine's page: lanes with prices and batches, devices, cash, events.

import { listed } from "../api.js";
import { h, put, say } from "../dom.js";
import { atMoment, isoDay, money, named, t, whole } from "../i18n.js";
import { Panel } from "../panel.js";
import { state } from "../store.js";
import { described } from "./event-words.js";
import { listTable } from "./list-table.js";

const productName = (code) => named(state.chain.products[code] ?? [code, code]);

export function laneTable() {
  const words = (lane) => [...(lane.why ? [lane.why] : []), ...lane.blocks].map((why) => t(`lane.${why}.long`)).join(" · ");
  return listTable({
    label: t("machine.lanes"), empty: t("machine.lanes.none"), id: (lane) => lane.lane,
    columns: [
      { name: "lane", text: t("machine.lane"), cell: (lane) => lane.lane, sort: (lane) => lane.lane },
      { name: "product", text: t("machine.product"), cell: (lane) => productName(lane.product), sort: (lane) => productName(lane.product) },
      { name: "price", kind: "num", text: t("machine.price"), cell: (lane) => money(lane.price_minor), sort: (lane) => lane.price_minor },
      { name: "level", kind: "num", text: t("machine.level"), cell: (lane) => `${whole(lane.level)} / ${whole(lane.par)}`, sort: (lane) => lane.level },
      { name: "batch", text: t("machine.batches"), cell: batches, sort: (lane) => lane.batches[0]?.expires_on ?? "9" },
      { name: "state", text: t("fleet.state"), cell: (lane) => (lane.why || lane.blocks.length ? h("span", { class: "bad", text: words(lane) }) : lane.level ? "" : h("span", { class: "warn", text: t("state.sold_out") })), sort: (lane) => words(lane) },
    ],
  });
}

/** Units by their last day, the earliest first; past it is marked. */
function batches(lane) {
  if (!lane.batches.length) return h("span", { class: "muted", text: t("machine.undated") });
  const today = isoDay(state.now);
  return h("span", {}, lane.batches.flatMap((batch, index) => [index ? ", " : "",
    h("span", { class: batch.expires_on < today ? "bad" : "", text: t("machine.batch", { n: whole(batch.units), day: batch.expires_on }) })]));
}

export function deviceTable() {
  const at = (ms) => (ms ? atMoment(ms) : "–");
  return listTable({
    label: t("machine.devices"), empty: t("machine.devices.none"), id: (device) => device.device,
    columns: [
      { name: "device", text: t("machine.device"), cell: (device) => t(`device.${device.device}`) },
      { name: "state", text: t("fleet.state"), cell: (device) => (device.present ? t("machine.answers") : h("span", { class: "bad", text: `◆ ${t("machine.missing")}` })) },
      { name: "seen", kind: "num", text: t("fleet.seen"), cell: (device) => at(device.seen_ms) },
      { name: "since", kind: "num", text: t("machine.since"), cell: (device) => at(device.missing_since_ms) },
    ],
  });
}

/** Cash by where it lies, and the bags: sold, metered, counted, and what is over or short. */
export function cashBox() {
  const places = h("dl", { class: "figures" });
  const pieces = h("p", { class: "muted" });
  const difference = (bag) => (bag.counted_minor === null ? null : bag.counted_minor - bag.sold_minor);
  const shown = (minor) => (minor === null ? "–" : money(minor));
  const bags = listTable({
    label: t("machine.collections"), empty: t("machine.collections.none"), id: (bag) => String(bag.visit),
    columns: [
      { name: "at", text: t("machine.collected"), cell: (bag) => atMoment(bag.at_ms) },
      { name: "sold", kind: "num", text: t("machine.sold"), cell: (bag) => money(bag.sold_minor) },
      { name: "metered", kind: "num", text: t("machine.metered"), cell: (bag) => shown(bag.metered_minor) },
      { name: "counted", kind: "num", text: t("machine.counted"), cell: (bag) => shown(bag.counted_minor) },
      { name: "over", kind: "num", text: t("machine.over_short"), cell: (bag) => (difference(bag) ? h("span", { class: "bad", text: money(difference(bag)) }) : shown(difference(bag))) },
    ],
  });
  const element = h("div", { class: "stack" }, places, pieces, bags.element);
  function fill(cash) {
    const rows = [["machine.tubes", cash.tubes_minor], ["machine.box", cash.box_minor], ["machine.stacker", cash.stacker_minor]];
    places.replaceChildren(...rows.flatMap(([key, minor]) => [h("dt", { text: t(key) }), h("dd", { text: money(minor) })]));
    pieces.hidden = !cash.pieces.length;
    say(pieces, t("machine.pieces", { pieces: cash.pieces.map(([value, count]) => `${whole(count)} × ${money(value)}`).join(", ") }));
    bags.fill(cash.collections);
  }
  return { element, fill };
}

/** What happened, newest first; more on request, from where the list ended. */
export class EventList extends Panel {
  events = [];
  next = null;

  build() {
    this.list = h("ol", { class: "events" });
    this.nothing = h("div", { class: "empty", text: t("machine.events.none"), hidden: true });
    this.more = h("button", { class: "button", type: "button", text: t("page.more"), hidden: true, onclick: () => this.older() });
    queueMicrotask(() => this.draw());
    return [h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("machine.events") }, this.list, this.nothing, this.more)];
  }

  started() {
    this.refresh();
  }

  async refresh() {
    if (this.asking || !this.isConnected) return;
    this.asking = true;
    try {
      const { items, next } = await listed(this.getAttribute("path"), { limit: 30 });
      const known = new Set(this.events.map((event) => event.number));
      const news = items.filter((event) => !known.has(event.number));
      if (!this.events.length) this.next = next;
      this.events = [...news, ...this.events].slice(0, 300);
      if (news.length || !this.events.length) this.draw();
    } catch { /* the page's own question says that nobody answers */ }
    this.asking = false;
  }

  async older() {
    const { items, next } = await listed(this.getAttribute("path"), { limit: 30, cursor: this.next });
    this.events.push(...items);
    this.next = next;
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.events.map((event) => h("li", {},
      h("time", { text: atMoment(event.at_ms) }), h("span", { class: "lane-code", text: event.lane }), h("span", { text: described(event) }))));
    this.nothing.hidden = this.events.length > 0;
    put(this.more, "class", "button");
    this.more.hidden = !this.next;
  }
}
