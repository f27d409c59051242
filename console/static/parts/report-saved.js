// The reports that this person keeps, and those that others share.

import { send } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { me } from "../me.js";
import { Panel } from "../panel.js";
import { query } from "./report-words.js";

export class SavedReports extends Panel {
  build() {
    this.said = h("p", { class: "field-error", role: "alert" });
    const rows = this.saved.items.map((one) => h("li", {},
      h("button", { class: "plain", type: "button", text: one.name, onclick: () => this.open(one) }),
      h("span", { class: "muted", text: [t(`reports.range.${one.range}`), one.owner === me.name ? (one.shared ? t("reports.saved.shared") : "") : t("reports.saved.of", { owner: one.owner })].filter(Boolean).join(" · ") }),
      one.owner === me.name && this.mayWrite ? h("button", { class: "button", type: "button", text: t("reports.saved.forget"), "aria-label": t("reports.saved.forget.one", { name: one.name }), onclick: () => this.forget(one) }) : null));
    return [rows.length ? h("ul", { class: "report-list" }, rows) : h("p", { class: "empty", text: t("reports.saved.none") }), this.said];
  }

  open(one) {
    this.dispatchEvent(new CustomEvent("asked", { detail: { ...query(null), report: "", saved: String(one.id), range: one.range, from: "", to: "", compare: one.compare } }));
  }

  async forget(one) {
    try {
      await send("DELETE", `/api/reports/saved/${one.id}`);
      if (this.now.saved?.id === one.id) this.dispatchEvent(new CustomEvent("asked", { detail: { saved: "" } }));
      this.dispatchEvent(new CustomEvent("changed"));
    } catch (error) {
      this.said.textContent = error.message;
    }
  }
}
