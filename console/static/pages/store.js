// One store: its tills, its last tickets, and what stands on its shelves.

import { h } from "../dom.js";
import { money, named, t, tenth, whole } from "../i18n.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { listTable } from "../parts/list-table.js";
import { pageHead, section } from "../parts/page-head.js";
import { ticketList, tillTable } from "../parts/till-words.js";
import { entitle, route } from "../router.js";
import { state } from "../store.js";

const productName = (code) => named(state.chain.products[code] ?? [code, code]);

export default class StorePage extends AskingPanel {
  path() {
    return `/api/stores/${encodeURIComponent(route.params.id)}`;
  }

  build() {
    this.about = h("span", { class: "about" });
    this.figures = h("dl", { class: "figures wide" });
    this.tills = tillTable();
    this.tickets = ticketList();
    this.shelf = listTable({
      label: t("stores.shelf"), empty: t("stores.shelf.none"), id: (row) => row.product,
      columns: [
        { name: "product", text: t("machine.product"), cell: (row) => productName(row.product), sort: (row) => productName(row.product) },
        { name: "code", kind: "code", text: t("stock.code"), cell: (row) => row.product, sort: (row) => row.product },
        { name: "stock", kind: "num", text: t("stock.units"), cell: (row) => this.quantity(row), sort: (row) => row.quantity },
      ],
    });
    queueMicrotask(() => entitle(route.params.id));
    return [
      pageHead(route.params.id, this.about, h("span", { class: "spring" }), h("a", { class: "button link", href: "/stores", text: t("stores.all") })),
      this.figures,
      h("div", { class: "one-store" }, section(t("stores.tills"), this.tills.element, { name: "tills" }),
        section(t("stores.tickets"), this.tickets.element, { name: "ticket-panel" }),
        section(t("stores.shelf"), this.shelf.element, { name: "shelf" })),
    ];
  }

  quantity(row) {
    const said = row.weighed ? t("stores.kilograms", { n: tenth(row.quantity / 1000) }) : whole(row.quantity);
    return row.quantity > 0 ? said : h("span", { class: "warn", text: `▲ ${said}` });
  }

  update(what) {
    if (what.stores || what.snapshot) this.soon();
  }

  show({ store, tickets, shelf }) {
    this.about.textContent = named([store.name_en, store.name_zh]);
    const rows = [["stores.sales", money(store.sales_minor)], ["stores.baskets", whole(store.baskets)],
      ["stores.average", store.baskets ? money(Math.round(store.sales_minor / store.baskets)) : "–"],
      ["stores.open_tills", `${store.tills.filter((till) => till.state !== "closed").length} / ${store.tills.length}`]];
    this.figures.replaceChildren(...rows.flatMap(([key, value]) => [h("dt", { text: t(key) }), h("dd", { class: "big", text: value })]));
    this.tills.fill(store.tills);
    this.tickets.fill(tickets);
    this.shelf.fill(shelf);
  }
}
