// Keys of the whole page, and the sheet that lists them.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const SHEET = [["/", "keys.search"], ["j", "keys.next"], ["k", "keys.previous"], ["a", "keys.acknowledge"],
  ["f", "keys.filter"], ["↑ ↓", "keys.fleet"], ["?", "keys.all"], ["Esc", "keys.close"]];

function sheet() {
  const dialog = h("dialog", { "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title", text: t("keys.title") }),
    h("dl", {}, SHEET.flatMap(([key, text]) => [h("dt", {}, h("kbd", { text: key })), h("dd", { text: t(text) })])),
    h("form", { method: "dialog" }, h("button", { class: "button", text: t("keys.close") })));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, dialog")) return;
    const alarms = document.querySelector("alarm-list");
    const moved = alarms ?? document.querySelector("main [data-moves]");
    const deed = {
      "/": () => document.querySelector("search-box").focus(),
      "?": sheet,
      j: () => moved?.move(1),
      k: () => moved?.move(-1),
      a: () => alarms?.acknowledge(),
      f: () => (alarms ?? moved)?.nextFilter?.(),
    }[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}
