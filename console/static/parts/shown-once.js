// What is shown this once: a password, a link, a code; as text to copy, and as a picture where there is one.

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** `rows`: [name, text]; `picture`: an SVG document; `closed` is called when the person has noted it. */
export function shownOnce({ title, about, rows, picture = "", alt = "", closed = () => {} }) {
  const before = document.activeElement;
  const done = h("button", { class: "button main", type: "button", text: t("once.noted"), onclick: () => dialog.close() });
  const dialog = h("dialog", { class: "form-dialog once", "aria-labelledby": "once-title" }, h("h2", { id: "once-title", text: title }),
    h("p", { class: "muted", text: about }),
    h("dl", {}, rows.map(([name, text]) => [h("dt", { text: name }), h("dd", {}, h("code", { class: "secret", tabindex: "0", text }))])),
    picture ? h("img", { alt, width: 200, height: 200, src: `data:image/svg+xml,${encodeURIComponent(picture)}` }) : null,
    h("div", { class: "buttons" }, done));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
}
