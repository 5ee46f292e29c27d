/** How one case's place went: a small line over time, in SD of the ladder as it is today. */
import uPlot from "uplot";
import { type Standard, toZ } from "./scale";
import type { ReasonedRow } from "./types";
import { signed } from "./words";

const HEIGHT_PX = 130;

export class HistoryPlot {
  private readonly chart: uPlot;
  private readonly observer: ResizeObserver;

  constructor(host: HTMLElement, history: ReasonedRow["history"], standard: Standard) {
    const times = history.map(({ at }) => Date.parse(at) / 1000);
    const places = history.map(({ place }) => toZ(place, standard));
    const axis = {
      stroke: "#bdbdbd",
      grid: { stroke: "#333", width: 1 },
      ticks: { stroke: "#333" },
      font: "11px system-ui",
    };
    this.chart = new uPlot(
      {
        width: host.clientWidth || 320,
        height: HEIGHT_PX,
        scales: { y: { range: (_, low, high) => [Math.min(low, -0.5) - 0.2, Math.max(high, 0.5) + 0.2] } },
        legend: { show: false },
        cursor: { show: false },
        axes: [
          { ...axis, space: 70, values: (_, ticks, __, ___, step) => ticks.map((tick) => timeWords(tick, step)) },
          { ...axis, size: 44, values: (_, ticks) => ticks.map(signed) },
        ],
        series: [{}, { stroke: "#7cc4ff", width: 2, points: { show: history.length < 30, size: 5 } }],
      },
      [times, places],
      host,
    );
    this.observer = new ResizeObserver(() => this.chart.setSize({ width: host.clientWidth, height: HEIGHT_PX }));
    this.observer.observe(host);
  }

  destroy(): void {
    this.observer.disconnect();
    this.chart.destroy();
  }
}

const DAY_S = 86_400;

/** Days where the ticks are days apart, else the time of the day. */
export function timeWords(tick: number, step: number): string {
  const date = new Date(tick * 1000);
  return step >= DAY_S
    ? date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
    : date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
