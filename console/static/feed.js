// The live feed: keeps a connection, notices silence within seconds, and catches up by snapshot.

import { post } from "./api.js";
import { decode } from "./frames.js";
import { me } from "./me.js";
import { loadMe } from "./me.js";
import { apply, applyDetail, changed, state } from "./store.js";

const SILENCE_MS = 2500;
const RETRY_MS = [300, 600, 1200, 2500, 5000];
let socket = null;
let heard = -Infinity;
let attempt = 0;

async function connect() {
  try {
    const { ticket, port } = await post("/api/feed-ticket");
    open(`ws://${location.hostname}:${port}/feed?ticket=${encodeURIComponent(ticket)}`);
  } catch (error) {
    if (error.status === 401) {
      state.loggedOut = true;
      changed({ link: true });
    } else if (error.status === 403) await loadMe();
    again();
  }
}

function open(address) {
  socket = new WebSocket(address);
  const mine = socket;
  mine.binaryType = "arraybuffer";
  mine.onopen = () => {
    attempt = 0;
    state.loggedOut = false;
    watch();
  };
  mine.onmessage = (event) => {
    if (mine !== socket) return;
    if (typeof event.data === "string") return told(JSON.parse(event.data));
    heard = performance.now();
    if (state.stale) {
      state.stale = false;
      changed({ link: true });
    }
    apply(decode(event.data));
  };
  mine.onclose = () => {
    if (mine === socket) again();
  };
}

/** What comes as text: the answer to a ping, and the machine that is looked at. */
function told(frame) {
  if (frame.t === "pong") {
    state.latency = Math.max(1, Math.round(performance.now() - frame.ping));
    changed({ link: true });
  } else if (frame.t === "machine" && frame.machine === state.selected) applyDetail(frame);
}

function again() {
  socket = null;
  setTimeout(connect, RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] * (0.8 + 0.4 * Math.random()));
}

/** Tell the feed which machine is shown in full. */
export function watch() {
  if (socket?.readyState === WebSocket.OPEN && state.selected >= 0) socket.send(JSON.stringify({ watch: state.selected }));
}

export function startFeed() {
  connect();
  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ping: performance.now() }));
  }, 2000);
  setInterval(() => {
    const silent = performance.now() - heard;
    if (silent > SILENCE_MS && !state.stale) {
      state.stale = true;
      state.staleSince = Date.now() - silent;
      changed({ link: true });
    }
    if (silent > 3 * SILENCE_MS && socket?.readyState === WebSocket.OPEN) {
      const broken = socket;
      broken.onclose = null;
      broken.close();
      again();
    }
  }, 250);
}
