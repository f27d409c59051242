// Commands to one machine, or to all that the filters of the fleet leave: what may be ordered, and how far each has come.

import { h } from "../dom.js";
import { t, whole } from "../i18n.js";
import { may } from "../me.js";
import { route } from "../router.js";
import { state } from "../store.js";
import { AskingPanel } from "./asking-panel.js";
import { approved, command, giveApproved, kindsFor } from "./command-give.js";
import { UNDER_WAY, ordered, stateOf, times } from "./command-words.js";

export class MachineCommands extends AskingPanel {
  oldMs = 2500;

  machine() {
    return this.getAttribute("machine") ?? "";
  }

  target() {
    return { machines: [this.machine()] };
  }

  lanes() {
    const detail = state.detail;
    return detail && state.machines[detail.machine]?.id === this.machine() ? detail.lanes.map(([code]) => code) : [];
  }

  path() {
    return may("commands.read") ? `/api/commands?limit=20&machine=${encodeURIComponent(this.machine())}` : "";
  }

  build() {
    this.told = h("p", { class: "told", role: "status", hidden: true });
    this.waiting = h("div", { class: "approved" });
    this.list = h("ul", { class: "commands", "aria-label": t("command.latest") });
    this.nothing = h("p", { class: "muted", text: t("command.none"), hidden: true });
    const kinds = may("commands.give") ? kindsFor(!this.machine()) : [];
    this.buttons = h("div", { class: "command-buttons", role: "group", "aria-label": t("machine.commands") },
      kinds.map((kind) => h("button", { class: "button", type: "button", "data-kind": kind, text: t(`command.kind.${kind}`), onclick: () => this.give(kind) })));
    this.lookForApproved();
    return [this.buttons, this.told, this.waiting, this.list, this.nothing];
  }

  update(what) {
    if (this.buttons && what.tick) for (const button of this.buttons.children) button.disabled = state.stale;
  }

  give(kind) {
    command(kind, this.target(), this.lanes(), (answer, error) => this.given(answer, error));
  }

  given(answer, error = null) {
    this.told.hidden = false;
    this.told.textContent = error ? error.message : answer.approval
      ? t("command.asked", { n: answer.approval }) : t("command.given", { n: whole(answer.machines) });
    if (answer?.group) this.group = answer.group;
    this.soon();
  }

  async lookForApproved() {
    const items = await approved();
    this.waiting.replaceChildren(...items.map((item) => h("p", {}, t("command.approved", { kind: t(`command.kind.${item.order.kind}`), by: item.decided_name, n: item.id }), " ",
      h("button", { class: "button main", type: "button", text: t("command.give"), onclick: async (event) => {
        event.target.disabled = true;
        try { this.given(await giveApproved(item)); } catch (problem) { this.given(null, problem); }
        this.lookForApproved();
      } }))));
  }

  show({ items }) {
    this.oldMs = items.some((row) => UNDER_WAY.includes(row.state)) ? 700 : 2500;
    this.nothing.hidden = items.length > 0;
    this.list.replaceChildren(...items.map((row) => h("li", {}, stateOf(row.state),
      h("span", { class: "said" }, h("span", { text: ordered(row) }), h("span", { class: "muted", text: `${row.by || t("command.nobody")} · ${times(row)}` }),
        row.why ? h("span", { class: "bad", text: row.why }) : null))));
  }
}

/** The same for all machines that the filters leave. */
export class FleetCommands extends MachineCommands {
  target() {
    const filter = Object.fromEntries(["state", "site", "district", "q"].map((name) => [name, route.query.get(name) ?? ""]).filter(([, value]) => value));
    return { filter };
  }

  lanes() {
    return [];
  }

  path() {
    return this.group ? `/api/commands?limit=500&group=${this.group}` : "";
  }

  show({ items }) {
    const counts = new Map();
    for (const row of items) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
    this.oldMs = items.some((row) => UNDER_WAY.includes(row.state)) ? 700 : 5000;
    this.nothing.hidden = true;
    this.list.replaceChildren(...[...counts].map(([name, n]) => h("li", {}, stateOf(name), h("span", { class: "said", text: t("command.machines", { n: whole(n) }) }))),
      ...items.filter((row) => row.why).slice(0, 50).map((row) => h("li", {}, stateOf(row.state), h("span", { class: "said", text: `${row.machine}: ${row.why}` }))));
  }
}

customElements.define("machine-commands", MachineCommands);
customElements.define("fleet-commands", FleetCommands);
