// Stores and tills as they sell: today's trade, every till's state, and tickets as they are paid.

import { h } from "../dom.js";
import { atSecond, money, moneyWhole, named, t, whole } from "../i18n.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { pageHead, section } from "../parts/page-head.js";
import { ticketList, tillName, tillState } from "../parts/till-words.js";
import { address } from "../router.js";

export default class StoresPage extends AskingPanel {
  path() {
    return "/api/stores";
  }

  build() {
    this.about = h("span", { class: "about" });
    this.cards = h("div", { class: "cards" });
    this.nothing = h("div", { class: "empty", text: t("stores.none"), hidden: true });
    this.tickets = ticketList();
    return [
      pageHead(t("nav.stores"), this.about),
      h("div", { class: "store-grid" }, h("div", { class: "card-column" }, this.cards, this.nothing), section(t("stores.tickets"), this.tickets.element, { name: "ticket-panel" })),
    ];
  }

  update(what) {
    if (what.stores || what.snapshot) this.soon();
  }

  show({ items, tickets }) {
    const sum = (name) => items.reduce((all, store) => all + store[name], 0);
    this.about.textContent = t("stores.about", { n: whole(items.length), money: moneyWhole(sum("sales_minor")), baskets: whole(sum("baskets")) });
    this.nothing.hidden = items.length > 0;
    this.tickets.fill(tickets);
    const said = JSON.stringify(items);
    if (said === this.said && this.cards.firstChild) return;
    this.said = said;
    const focused = this.cards.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    this.cards.replaceChildren(...items.map((store) => this.card(store)));
    if (focused) this.cards.querySelector(`a[href="${focused}"]`)?.focus();
  }

  card(store) {
    return h("article", { class: "panel card", "aria-label": store.id },
      h("h2", {}, h("a", { href: address("store", store), text: store.id }), h("span", { class: "about", text: named([store.name_en, store.name_zh]) })),
      h("dl", { class: "figures" }, h("dt", { text: t("stores.sales") }), h("dd", { class: "big", text: money(store.sales_minor) }),
        h("dt", { text: t("stores.baskets") }), h("dd", { text: whole(store.baskets) }),
        h("dt", { text: t("stores.average") }), h("dd", { text: store.baskets ? money(Math.round(store.sales_minor / store.baskets)) : "–" }),
        h("dt", { text: t("stores.last") }), h("dd", { text: store.last_ms ? `${atSecond(store.last_ms)} · ${money(store.last_minor)}` : "–" })),
      h("ul", { class: "till-states" }, store.tills.map((till) => h("li", {}, h("span", { text: tillName(till) }), tillState(till), h("span", { class: "num", text: money(till.sales_minor) })))));
  }
}
