// Keys of the whole page, and the sheet that lists them.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { address, go, route } from "./router.js";
import { state } from "./store.js";

const SHEET = [["/", "keys.search"], ["j", "keys.next"], ["k", "keys.previous"], ["a", "keys.acknowledge"],
  ["f", "keys.filter"], ["↑ ↓", "keys.fleet"], ["Enter", "keys.open"], ["Esc", "keys.back"], ["?", "keys.all"]];

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
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const alarms = document.querySelector("alarm-list");
    const moved = alarms ?? document.querySelector("main [data-moves]");
    const deed = {
      "/": () => document.querySelector("search-box").focus(),
      "?": sheet,
      j: moved && (() => moved.move(1)),
      k: moved && (() => moved.move(-1)),
      a: alarms && (() => alarms.acknowledge()),
      f: moved?.nextFilter && (() => moved.nextFilter()),
      Enter: moved?.open && event.target === document.body && (() => moved.open(state.selected)),
      Escape: back(),
    }[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

/** What Escape does: clear the page's filters, or go from one thing back to the list of them. */
function back() {
  const filters = document.querySelector("main machine-filters");
  if (filters) return () => filters.clear();
  return route.page?.under ? () => go(address(route.page.under)) : null;
}
