/** A track's line and marker in small, for legends, tabs and buttons. */
import { el } from "../lib/dom";
import { cornersOf, type Style } from "./track";

const SVG = "http://www.w3.org/2000/svg";

export function swatch(style: Style): HTMLElement {
  const box = { viewBox: "0 0 34 14", width: 34, height: 14, preserveAspectRatio: "xMidYMid slice" }; // narrow: the marker
  const drawing = make("svg", { ...box, "aria-hidden": "true" });
  const line = { stroke: style.color, "stroke-width": 1.6, fill: "none" };
  drawing.append(
    make("path", { ...line, d: "M1 7H33", "stroke-dasharray": style.dash.map((px) => px * 0.6).join(" ") }),
    style.marker === "circle"
      ? make("circle", { ...line, cx: 17, cy: 7, r: 4.6, fill: "#191919" })
      : make("polygon", {
          ...line,
          points: cornersOf(style.marker, 4.4)
            .map(([x, y]) => `${17 + x},${7 + y}`)
            .join(" "),
          fill: "#191919",
        }),
  );
  return el("span", { class: "swatch", "data-marker": style.marker }, drawing);
}

function make(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(name, String(value));
  return made;
}
