// The live overview: figures, map, alarms, fleet, and the machine chosen.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { Panel } from "../panel.js";

export default class OverviewPage extends Panel {
  build() {
    return [
      h("h1", { class: "visually-hidden", text: t("nav.overview") }),
      h("kpi-tiles", { role: "list" }),
      h("fleet-map", { class: "panel", role: "region" }),
      h("alarm-list", { class: "panel", role: "region" }),
      h("fleet-table", { class: "panel", role: "region" }),
      h("machine-panel", { class: "panel", role: "region" }),
    ];
  }
}
