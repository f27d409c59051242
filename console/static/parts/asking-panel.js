// A part of a page whose content is asked of the API: at once, again when it has gone old, and never twice at a time.

import { get } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { Panel } from "../panel.js";
import { onChange, state } from "../store.js";

const TROUBLE_MS = 5000;

export class AskingPanel extends Panel {
  /** Ask again after so long without news, and at the soonest after so long. */
  oldMs = 5000;
  soonMs = 700;

  /** A subclass says what to ask (`path`) and what to do with the answer (`show`). */
  started() {
    this.timer = setInterval(() => {
      if (!document.hidden && !state.stale && performance.now() - (this.askedAt ?? -Infinity) > this.oldMs) this.ask();
    }, 500);
    this.ends.push(onChange((what) => { if (what.snapshot) this.soon(); }));
    this.ask();
  }

  ended() {
    clearInterval(this.timer);
    clearTimeout(this.later);
    this.aborted?.abort();
  }

  rebuild() {
    super.rebuild();
    if (this.answer) this.show(this.answer);
  }

  /** News came: ask again, but not at every piece of it. */
  soon() {
    if (this.later || !this.isConnected) return;
    const wait = Math.max(0, this.soonMs - (performance.now() - (this.askedAt ?? -Infinity)));
    this.later = setTimeout(() => {
      this.later = null;
      this.ask();
    }, wait);
  }

  async ask() {
    const path = this.path();
    if (!path || !state.now || (this.asking && this.askingPath === path)) return;
    this.aborted?.abort();
    const aborted = new AbortController();
    Object.assign(this, { aborted, asking: true, askingPath: path, askedAt: performance.now() });
    try {
      const answer = await get(path, aborted.signal);
      if (aborted.signal.aborted || !this.isConnected) return;
      this.answer = answer;
      this.trouble?.remove();
      this.trouble = null;
      this.show(answer);
    } catch (error) {
      if (!aborted.signal.aborted && this.isConnected) this.failed(error);
    } finally {
      if (this.aborted === aborted) this.asking = false;
    }
  }

  failed(error) {
    this.askedAt = performance.now() + TROUBLE_MS - this.oldMs;
    this.trouble ??= h("p", { class: "trouble", role: "alert" });
    this.trouble.textContent = error.status === 404 ? t("page.not_there") : t("page.not_answered", { why: error.message });
    if (!this.trouble.isConnected) this.prepend(this.trouble);
  }
}
