// In place of the clock's controls while a recorded day is shown: choose it, play it, scrub, step by event.

import { get, post } from "./api.js";
import { prepared } from "./charts.js";
import { h, icon, press, put, say, segments } from "./dom.js";
import { atSecond, onDate, t } from "./i18n.js";
import { Panel } from "./panel.js";
import { colour } from "./prefs.js";
import { address } from "./router.js";
import { state } from "./store.js";

const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";
const PLAY = "M4 2.5 13.5 8 4 13.5z";
const BACK = "M3 3h2v10H3zM13 3v10L6 8z";
const ON = "M11 3h2v10h-2zM3 3v10l7-5z";
const SPEEDS = [1, 10, 60, 300, 600];
const FIELDS = "input:not([type=range]), select, textarea, dialog";
const STEP_MS = 60_000;

export class ReplayBar extends Panel {
  last = 60;
  shown = null;

  started() {
    this.keyed = (event) => this.key(event);
    document.addEventListener("keydown", this.keyed, { capture: true });
  }

  ended() {
    document.removeEventListener("keydown", this.keyed, { capture: true });
  }

  build() {
    document.body.classList.add("replaying");
    this.day = h("select", { class: "button", "aria-label": t("replay.day"), onchange: () => this.ask("day", { date: this.day.value }) });
    this.back = this.button("replay.back", BACK, () => this.ask("step", { events: -1 }));
    this.pause = this.button("replay.play", PLAY, () => this.play());
    this.on = this.button("replay.on", ON, () => this.ask("step", { events: 1 }));
    this.speeds = segments(t("clock.label"), SPEEDS.map((speed) => [speed, t("clock.times", { n: speed })]), this.last,
      (speed) => this.ask("speed", { speed: Number(speed) }));
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.slider = h("input", { type: "range", "aria-label": t("replay.moment"), step: STEP_MS,
      oninput: () => this.scrub(), onchange: () => this.scrub() });
    this.event = h("span", { class: "replay-event", role: "status" });
    this.read();
    return [
      h("span", { class: "replay-mark", text: t("replay.mark") }), this.day,
      h("div", { class: "replay-keys" }, this.back, this.pause, this.on), this.speeds,
      h("div", { class: "timeline" }, this.canvas, this.slider), this.event,
      h("a", { class: "button link", href: address("compare"), text: t("replay.compare") }),
    ];
  }

  button(text, path, onclick) {
    return h("button", { class: "button icon", type: "button", title: t(text), "aria-label": t(text), onclick }, icon(path));
  }

  /** J back, K pause or go on, L faster; with Shift J and L go by event. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS) || !this.shown) return;
    const deed = {
      J: () => this.ask("step", { events: -1 }),
      L: () => this.ask("step", { events: 1 }),
      j: () => this.ask("seek", { at_ms: state.now - STEP_MS * 10 }),
      k: () => this.play(),
      l: () => this.ask("speed", { speed: SPEEDS[Math.min(SPEEDS.indexOf(this.shown.speed) + 1, SPEEDS.length - 1)] }),
    }[event.key];
    if (!deed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    deed();
  }

  play() {
    return this.ask("speed", { speed: state.speed ? 0 : this.last });
  }

  /** Ask for one moment at a time, always the newest: a hand on the slider is faster than the answers. */
  async scrub() {
    this.wanted = Number(this.slider.value);
    if (this.asking) return;
    this.asking = true;
    while (this.wanted !== null) {
      const at = this.wanted;
      this.wanted = null;
      await this.ask("seek", { at_ms: at });
    }
    this.asking = false;
  }

  async ask(what, body) {
    try {
      this.take(await post(`/api/replay/${what}`, body));
    } catch (error) {
      say(this.event, error.message);
    }
  }

  async read() {
    this.take(await get("/api/replay"));
  }

  take(shown) {
    this.shown = shown;
    this.day.replaceChildren(...shown.dates.map((date) =>
      h("option", { value: date, text: onDate(Date.parse(`${date}T12:00:00Z`)), selected: date === shown.date })));
    put(this.slider, "min", String(shown.from_ms));
    put(this.slider, "max", String(shown.to_ms));
    this.slider.value = shown.at_ms;
    const lacks = shown.lacks.length ? t("replay.lacks", { what: shown.lacks.join(", ") }) : "";
    say(this.event, shown.last || lacks || t("replay.events", { n: shown.place, of: shown.events }));
    this.event.title = shown.last || lacks;
    this.draw();
  }

  resized() {
    this.draw();
  }

  update(what) {
    if (what.theme || what.snapshot) this.draw();
    if (!what.tick) return;
    if (state.speed) this.last = state.speed;
    document.body.classList.toggle("paused", state.speed === 0);
    if (this.speed !== state.speed || what.language) {
      this.speed = state.speed;
      const text = t(state.speed ? "clock.pause" : "replay.play");
      this.pause.replaceChildren(icon(state.speed ? PAUSE : PLAY));
      put(this.pause, "aria-label", text);
      this.pause.title = text;
      press(this.speeds, state.speed || this.last);
      if (this.shown) this.shown.speed = state.speed;
    }
    if (!this.asking) this.slider.value = state.now;
    put(this.slider, "aria-valuetext", atSecond(state.now));
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) this.draw();
    this.second = second;
  }

  draw() {
    const drawing = this.shown && prepared(this.canvas);
    if (!drawing) return;
    const { context, width, height } = drawing;
    const { density, from_ms: from, to_ms: to } = this.shown;
    const most = Math.max(1, ...density), step = width / density.length;
    const share = (state.now - from) / Math.max(1, to - from);
    density.forEach((count, slot) => {
      const tall = Math.round((count / most) * (height - 4));
      context.fillStyle = colour(slot / density.length <= share ? "bar" : "line");
      if (tall) context.fillRect(slot * step, height - tall, Math.max(1, step - 1), tall);
    });
  }
}
