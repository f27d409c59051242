// Starts the page: texts, the chain's names, then the parts, then the feed.

import { AlarmList } from "./alarm-list.js";
import { BottomBar } from "./bottom-bar.js";
import { startFeed, watch } from "./feed.js";
import { FleetMap } from "./fleet-map.js";
import { FleetTable } from "./fleet-table.js";
import { HeaderBar } from "./header-bar.js";
import { loadTexts, placeFormats } from "./i18n.js";
import { KpiTiles } from "./kpi-tiles.js";
import { startKeys } from "./keys.js";
import { MachinePanel } from "./machine-panel.js";
import { applyTheme } from "./prefs.js";
import { begin, onChange } from "./store.js";

applyTheme();
const [chain, map] = await Promise.all([
  fetch("/api/chain").then((answer) => answer.json()),
  fetch("/api/map").then((answer) => answer.json()),
  loadTexts(),
]);
placeFormats(chain);
begin(chain);
FleetMap.districts = map;
for (const [name, part] of Object.entries({
  "header-bar": HeaderBar, "kpi-tiles": KpiTiles, "fleet-map": FleetMap, "alarm-list": AlarmList,
  "fleet-table": FleetTable, "machine-panel": MachinePanel, "bottom-bar": BottomBar,
})) customElements.define(name, part);
onChange((what) => { if (what.selected) watch(); });
startKeys();
startFeed();
