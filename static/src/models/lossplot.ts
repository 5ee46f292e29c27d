/** Training and validation loss over the steps, apart by dash and marker as well as by colour; the table has the numbers. */
import uPlot from "uplot";
import { el } from "../lib/dom";
import { aligned } from "./thin";
import type { Point } from "./types";
import { figure } from "./words";

const HEIGHT_PX = 260;
const ACCENT = "#7cc4ff";
const GREY = "#bdbdbd";

export class LossPlot {
  private readonly chart: uPlot;
  private steps: number[] = [];

  /** `told` gets the words for the step under the pointer; empty when there is none. */
  constructor(host: HTMLElement, told: (words: string) => void) {
    const axis = {
      stroke: GREY,
      grid: { stroke: "#333", width: 1 },
      ticks: { stroke: "#333" },
      font: "12px system-ui",
    };
    this.chart = new uPlot(
      {
        width: host.clientWidth || 600,
        height: HEIGHT_PX,
        scales: { x: { time: false }, y: { range: around } },
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        axes: [
          {
            ...axis,
            label: "Step",
            labelFont: "12px system-ui",
            labelSize: 22,
            values: (_, ticks) => ticks.map(whole),
          },
          { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => figure(tick)) },
        ],
        series: [
          {},
          { stroke: GREY, width: 1.5, spanGaps: true, points: { show: false } },
          { stroke: ACCENT, width: 2, dash: [6, 4], spanGaps: true, points: { show: true, size: 8, fill: "#191919" } },
        ],
        hooks: {
          setCursor: [({ cursor, data }) => told(cursor.idx == null ? "" : stepWords(data as Columns, cursor.idx))],
        },
      },
      [[], [], []],
      host,
    );
    new ResizeObserver(() => this.chart.setSize({ width: host.clientWidth, height: HEIGHT_PX })).observe(host);
  }

  show(losses: readonly Point[], validation: readonly Point[]): void {
    const data = aligned(losses, validation);
    this.steps = data[0];
    this.chart.setData(data as unknown as uPlot.AlignedData);
  }

  get empty(): boolean {
    return this.steps.length === 0;
  }

  /** Offers the picture as a file. */
  save(name: string): void {
    this.chart.ctx.canvas.toBlob((blob) => blob && offer(blob, name));
  }
}

type Columns = [number[], (number | null)[], (number | null)[]];

/** Some air above and below; losses that are all alike still get an axis. */
function around(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = Math.max((high - low) * 0.06, Math.abs(high) * 0.01, 1e-6);
  return [low - room, high + room];
}

const whole = (tick: number): string => (Number.isInteger(tick) ? tick.toLocaleString("en-GB") : "");

/** "Step 120: training 1.234, validation 1.198" */
export function stepWords([steps, losses, validation]: Columns, at: number): string {
  const parts = [
    losses[at] == null ? "" : `training ${figure(losses[at] as number)}`,
    validation[at] == null ? "" : `validation ${figure(validation[at] as number)}`,
  ].filter(Boolean);
  return parts.length > 0 ? `Step ${steps[at]}: ${parts.join(", ")}` : "";
}

/** Both curves as a file for other programs. */
export function csvOf(losses: readonly Point[], validation: readonly Point[]): string {
  const [steps, first, second] = aligned(losses, validation);
  const lines = steps.map((step, at) => [step, first[at] ?? "", second[at] ?? ""].join(","));
  return ["step,training_loss_nats,validation_loss_nats", ...lines, ""].join("\n");
}

export function offer(blob: Blob, name: string): void {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
