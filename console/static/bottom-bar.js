// The clock's controls and the business day on one line.

import { dayBars } from "./charts.js";
import { h, icon, press, put, say, segments } from "./dom.js";
import { post } from "./api.js";
import { atMinute, t } from "./i18n.js";
import { Panel } from "./panel.js";
import { state } from "./store.js";

const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";
const PLAY = "M4 2.5 13.5 8 4 13.5z";
const SPEEDS = [1, 10, 30, 60];
const DAY_MS = 86_400_000;
const REDRAW_MS = 3000;

export class BottomBar extends Panel {
  last = 1;

  build() {
    this.pause = h("button", { class: "button icon", type: "button", onclick: () => this.set(state.speed ? 0 : this.last) });
    this.speeds = segments(t("clock.label"), SPEEDS.map((speed) => [speed, t("clock.times", { n: speed })]), state.speed,
      (speed) => this.set(speed));
    this.canvas = h("canvas", { role: "img" });
    this.live = h("span", { class: "live", role: "status" });
    return [this.pause, this.speeds, h("span", { class: "grow" }), h("div", { class: "timeline" }, this.canvas), this.live];
  }

  resized() {
    this.draw();
  }

  async set(speed) {
    if (speed === state.speed || state.stale) return;
    try {
      await post("/api/clock", { speed: Number(speed) });
    } catch { /* the next frame tells the speed that holds */ }
  }

  update(what) {
    if (what.theme || what.snapshot) this.draw();
    if (!what.tick || !state.kpi) return;
    if (state.speed) this.last = state.speed;
    document.body.classList.toggle("paused", state.speed === 0);
    if (this.paused !== state.speed || what.language || what.snapshot) {
      this.paused = state.speed;
      this.pause.replaceChildren(icon(state.speed ? PAUSE : PLAY));
      put(this.pause, "aria-label", t(state.speed ? "clock.pause" : "clock.go_on"));
      this.pause.title = t(state.speed ? "clock.pause" : "clock.go_on");
      press(this.speeds, state.speed);
      say(this.live, t(state.speed ? "clock.live" : "clock.paused"));
    }
    const turn = Math.floor(performance.now() / REDRAW_MS);
    if (turn !== this.turn) this.draw();
    this.turn = turn;
  }

  draw() {
    const { day } = state;
    if (!day?.start) return;
    const share = Math.max(0, Math.min(1, (state.now - day.start) / DAY_MS));
    dayBars(this.canvas, day, share, (hour) => atMinute(day.start + hour * 3_600_000));
    put(this.canvas, "aria-label", t("clock.day", { time: atMinute(state.now) }));
  }
}
