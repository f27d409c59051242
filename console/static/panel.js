// What all parts of a page have in common: built once per language, updated in place by frames, deaf once removed.

import { onLanguage } from "./i18n.js";
import { onTheme } from "./prefs.js";
import { onRoute } from "./router.js";
import { onChange, state } from "./store.js";

export class Panel extends HTMLElement {
  connectedCallback() {
    this.rebuild();
    this.ends = [
      onLanguage(() => this.isConnected && this.rebuild()),
      onTheme(() => this.isConnected && this.update({ theme: true, tick: true })),
      onChange((what) => this.isConnected && this.update(what)),
    ];
    if (this.resized) {
      const observer = new ResizeObserver(() => this.resized());
      observer.observe(this);
      this.ends.push(() => observer.disconnect());
    }
    if (this.routeChanged) this.ends.push(onRoute(() => this.routeChanged()));
    this.started?.();
  }

  disconnectedCallback() {
    for (const end of this.ends) end();
    this.ended?.();
  }

  update() {}

  rebuild() {
    this.replaceChildren(...this.build().flat(Infinity).filter(Boolean));
    if (state.kpi) this.update({ snapshot: true, machines: [], stores: [], alarms: [], vans: [], day: true, tick: true, link: true, selected: true, detail: true, language: true });
    else this.update({ link: true });
  }
}
