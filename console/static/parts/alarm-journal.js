// The journal of alarms: every change, who made it and when; and what is put aside.

import { listed, post } from "../api.js";
import { h } from "../dom.js";
import { atMoment, t } from "../i18n.js";
import { may } from "../me.js";
import { AskingPanel } from "./asking-panel.js";
import { kindWord, placeLink } from "./alarm-words.js";
import { askFor } from "./form-dialog.js";
import { listTable } from "./list-table.js";

export class AlarmJournal extends AskingPanel {
  path() {
    return `/api/alarms/journal?${new URLSearchParams({ limit: 50, place: this.getAttribute("place") ?? "", kind: this.getAttribute("kind") ?? "" })}`;
  }

  build() {
    this.table = listTable({ label: t("alarms.journal"), id: (row) => row.number, empty: t("alarms.journal.none"), columns: [
      { name: "at", text: t("alarms.when"), cell: (row) => atMoment(row.at_ms) },
      { name: "what", text: t("alarms.change"), cell: (row) => t(`alarms.journal.${row.what}`, { text: row.text }) },
      { name: "kind", text: t("alarms.kind"), cell: (row) => kindWord(row.kind) },
      { name: "place", text: t("alarms.place"), cell: (row) => placeLink(row.place) },
      { name: "by", text: t("alarms.by"), cell: (row) => row.by || "–" },
      { name: "text", text: t("alarms.text"), cell: (row) => row.text },
    ] });
    this.more = h("button", { class: "button", type: "button", hidden: true, text: t("page.more"), onclick: () => this.older() });
    return [this.table.element, this.more];
  }

  update(what) {
    if (what.alarms && !this.rows?.length) this.soon();
  }

  show({ items, next }) {
    const newest = this.rows?.filter((row) => row.number < (items.at(-1)?.number ?? 0)) ?? [];
    this.rows = [...items, ...newest];
    if (!newest.length) this.cursor = next;
    this.more.hidden = !this.cursor;
    this.table.fill(this.rows);
  }

  async older() {
    const { items, next } = await listed("/api/alarms/journal", { cursor: this.cursor, place: this.getAttribute("place") ?? "", kind: this.getAttribute("kind") ?? "" });
    this.rows.push(...items);
    this.cursor = next;
    this.more.hidden = !next;
    this.table.fill(this.rows);
  }
}

export class AlarmAside extends AskingPanel {
  path() {
    return "/api/alarms/aside";
  }

  build() {
    this.table = listTable({ label: t("alarms.aside"), id: (row) => `${row.kind} ${row.place}`, empty: t("alarms.aside.none"), columns: [
      { name: "kind", text: t("alarms.kind"), cell: (row) => kindWord(row.kind) },
      { name: "place", text: t("alarms.place"), cell: (row) => placeLink(row.place) },
      { name: "until", text: t("alarms.until"), cell: (row) => (row.until_ms ? atMoment(row.until_ms) : t("alarms.state.out_of_service")) },
      { name: "by", text: t("alarms.by"), cell: (row) => row.by },
      { name: "reason", text: t("alarms.reason"), cell: (row) => row.reason },
      { name: "deed", text: "", cell: (row) => (may("alarms.handle")
        ? h("button", { class: "button", type: "button", text: t("alarms.back"), onclick: () => this.bringBack(row) }) : "") },
    ] });
    return [this.table.element];
  }

  update(what) {
    if (what.alarms) this.soon();
  }

  show(rows) {
    this.table.fill(rows);
  }

  async bringBack(row) {
    const tags = [[row.kind, row.place]];
    if (row.until_ms) {
      await post("/api/alarms/unshelve", { tags }).catch((error) => this.failed(error));
      this.soon();
      return;
    }
    askFor({ title: t("alarms.put_back"), about: h("p", { text: `${kindWord(row.kind)} · ${row.place}` }),
      fields: [{ name: "reason", label: t("alarms.reason") }], go: t("alarms.put_back"),
      deed: async ({ reason }) => { await post("/api/alarms/service", { tags, in_service: true, reason }); this.soon(); } });
  }
}
