/** The share of successes over the last cases, with its interval: grey while there are too few cases to tell a trend. */
import uPlot from "uplot";
import { el } from "../lib/dom";

export interface Point {
  n: number; // of this first attempt
  at: string | null;
  success: boolean;
  share: number;
  low: number;
  high: number;
  cases: number; // that the share is of
  enough: boolean;
}

const GREY = "#9a9a9a";
const ACCENT = "#7cc4ff";
const HEIGHT_PX = 300;

/** Columns for the chart: n, then share, low, high while it is too early, then the same for the rest. They meet. */
export function columnsOf(points: readonly Point[]): (number | null)[][] {
  const first = points.findIndex(({ enough }) => enough);
  const early = (index: number) => first < 0 || index <= first;
  const late = (index: number) => first >= 0 && index >= first;
  const column = (shown: (index: number) => boolean, value: (point: Point) => number) =>
    points.map((point, index) => (shown(index) ? value(point) : null));
  const values = [(p: Point) => p.share, (p: Point) => p.low, (p: Point) => p.high];
  return [
    points.map(({ n }) => n),
    ...values.map((value) => column(early, value)),
    ...values.map((value) => column(late, value)),
  ];
}

/** "Case 23: 62 % of 20 (95 %: 41 to 79 %)" */
export function pointWords({ n, share, low, high, cases }: Point): string {
  return `Case ${n}: ${percent(share)} of ${cases} (95 %: ${Math.round(low * 100)} to ${percent(high)})`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export class Curve {
  private readonly chart: uPlot;

  constructor(host: HTMLElement, points: readonly Point[], told: (point: Point | null) => void) {
    const line = (stroke: string, dash?: number[]) => ({
      stroke,
      width: 2,
      points: { show: points.length < 60, size: 6 },
      ...(dash ? { dash } : {}),
    });
    const edge = { stroke: "transparent", width: 0, points: { show: false } };
    const axis = {
      stroke: "#bdbdbd",
      grid: { stroke: "#333", width: 1 },
      ticks: { stroke: "#333" },
      font: "12px system-ui",
    };
    const last = points[points.length - 1]?.n ?? 1;
    this.chart = new uPlot(
      {
        width: host.clientWidth || 600,
        height: HEIGHT_PX,
        scales: { x: { time: false, range: [0.5, Math.max(last, 20) + 0.5] }, y: { range: [0, 1] } },
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        axes: [
          {
            ...axis,
            label: "Cases read for the first time",
            labelFont: "12px system-ui",
            labelSize: 22,
            incrs: [1, 2, 5, 10, 20, 50, 100],
          },
          { ...axis, size: 52, values: (_, ticks) => ticks.map(percent) },
        ],
        series: [{}, line(GREY, [6, 4]), edge, edge, line(ACCENT), edge, edge],
        bands: [
          { series: [3, 2], fill: "rgba(154, 154, 154, 0.16)" },
          { series: [6, 5], fill: "rgba(124, 196, 255, 0.2)" },
        ],
        hooks: { setCursor: [({ cursor }) => told((cursor.idx != null && points[cursor.idx]) || null)] },
      },
      columnsOf(points) as unknown as uPlot.AlignedData,
      host,
    );
    new ResizeObserver(() => this.chart.setSize({ width: host.clientWidth, height: HEIGHT_PX })).observe(host);
  }

  /** Offers the picture as a file. */
  save(name: string): void {
    this.chart.ctx.canvas.toBlob((blob) => {
      if (!blob) return;
      const link = el("a", { href: URL.createObjectURL(blob), download: name });
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }
}
