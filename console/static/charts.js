// Small charts on canvas: sparkline, temperature curve, the day's bars.

import { colour } from "./prefs.js";

/** The context of a canvas sized to its box in device pixels, cleared; null while it is not shown. */
export function prepared(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const scale = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export function sparkline(canvas, values) {
  const drawing = prepared(canvas);
  if (!drawing || values.length < 2) return;
  const { context, width, height } = drawing;
  const low = Math.min(...values), range = Math.max(...values) - low || 1;
  const x = (index) => 2 + (index / (values.length - 1)) * (width - 7);
  const y = (value) => (Math.max(...values) === low ? height / 2 : height - 4 - ((value - low) / range) * (height - 8));
  context.strokeStyle = colour("faint");
  context.lineWidth = 1.3;
  context.lineJoin = "round";
  context.beginPath();
  values.forEach((value, index) => context.lineTo(x(index), y(value)));
  context.stroke();
  context.fillStyle = colour("text");
  context.beginPath();
  context.arc(x(values.length - 1), y(values.at(-1)), 2.4, 0, 7);
  context.fill();
}

/** Cabinet temperature of 24 hours: a band that is right, grey within it, red above. */
export function temperatureCurve(canvas, temps, limits, texts) {
  const drawing = prepared(canvas);
  if (!drawing) return;
  const { context, width, height } = drawing;
  const [low, high] = limits;
  const known = temps.filter((temp) => temp !== null);
  const bottom = Math.min(low - 15, ...known), top = Math.max(high + 25, ...known);
  const left = 22, right = width - 4, foot = height - 18;
  const x = (index) => left + (index / (temps.length - 1)) * (right - left);
  const y = (temp) => 4 + ((top - temp) / (top - bottom)) * (foot - 8);
  context.fillStyle = colour("sunk");
  context.fillRect(left, y(high), right - left, y(low) - y(high));
  context.strokeStyle = colour("line");
  context.lineWidth = 1;
  context.font = `11.5px ${getComputedStyle(canvas).fontFamily}`;
  context.fillStyle = colour("muted");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const limit of limits) {
    context.beginPath();
    context.moveTo(left, Math.round(y(limit)) + 0.5);
    context.lineTo(right, Math.round(y(limit)) + 0.5);
    context.stroke();
    context.fillText(`${limit / 10}°`, left - 5, y(limit));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText(texts[0], left, height - 3);
  context.textAlign = "right";
  context.fillText(texts[1], right, height - 3);
  line(context, temps, x, y, colour("faint"), () => true);
  line(context, temps, x, y, colour("fault"), (temp) => temp > high);
  if (temps.at(-1) !== null) {
    context.fillStyle = temps.at(-1) > high ? colour("fault") : colour("text");
    context.beginPath();
    context.arc(x(temps.length - 1), y(temps.at(-1)), 2.6, 0, 7);
    context.fill();
  }
}

const GAP_STEPS = 3;

function line(context, temps, x, y, stroke, wanted) {
  context.strokeStyle = stroke;
  context.lineWidth = 1.4;
  context.lineJoin = "round";
  context.beginPath();
  let last = -Infinity;
  temps.forEach((temp, index) => {
    if (temp === null) return;
    if (!wanted(temp)) last = -Infinity;
    else {
      if (index - last > GAP_STEPS) context.moveTo(x(index), y(temp));
      else context.lineTo(x(index), y(temp));
      last = index;
    }
  });
  context.stroke();
}

/** The business day: sales by ten minutes, yesterday's faint where today has not come, alarms as ticks above. */
export function dayBars(canvas, day, share, label) {
  const drawing = prepared(canvas);
  if (!drawing) return;
  const { context, width, height } = drawing;
  const slots = day.sales.length, foot = height - 15, step = width / slots;
  const most = Math.max(1, ...day.sales, ...day.before);
  const now = share * slots;
  for (let slot = 0; slot < slots; slot += 1) {
    const past = slot <= now;
    const tall = (value) => Math.round((value / most) * (foot - 13));
    const bar = past ? tall(day.sales[slot]) : tall(day.before[slot]);
    context.fillStyle = colour(past ? "bar" : "line");
    if (bar) context.fillRect(slot * step, foot - bar, Math.max(1, step - 1), bar);
    if (day.alarms[slot]) {
      context.fillStyle = colour(["low", "fault", "sold-out", "low"][day.alarms[slot]]);
      if (day.alarms[slot] < 3) context.fillRect(slot * step, 0, Math.max(2, step * 0.4), 7);
    }
  }
  context.fillStyle = colour("line");
  context.fillRect(0, foot, width, 1);
  context.fillStyle = colour("muted");
  context.font = `11.5px ${getComputedStyle(canvas).fontFamily}`;
  context.textAlign = "center";
  const hours = width < 560 ? 4 : 2;
  for (let hour = hours; hour < 24; hour += hours) context.fillText(label(hour), (hour / 24) * width, height - 2);
  context.fillStyle = colour("accent");
  context.fillRect(Math.round(share * width) - 1, 2, 2, foot - 2);
  context.beginPath();
  context.arc(share * width, 4, 4, 0, 7);
  context.fill();
}
