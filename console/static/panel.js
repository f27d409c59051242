// What every part of the page has in common: built once per language, updated in place by frames.

import { onLanguage } from "./i18n.js";
import { onTheme } from "./prefs.js";
import { onChange, state } from "./store.js";

export class Panel extends HTMLElement {
  connectedCallback() {
    this.rebuild();
    onLanguage(() => this.rebuild());
    onTheme(() => this.update({ theme: true, tick: true }));
    onChange((what) => this.update(what));
    if (this.resized) new ResizeObserver(() => this.resized()).observe(this);
  }

  rebuild() {
    this.replaceChildren(...this.build());
    if (state.kpi) this.update({ snapshot: true, machines: [], alarms: [], vans: [], day: true, tick: true, link: true, selected: true, detail: true, language: true });
    else this.update({ link: true });
  }
}
