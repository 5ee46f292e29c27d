/** The axis over the tracks: whole standard deviations, and in words which way is which. */
import { share, ticksOf } from "./scale";
import { signed } from "./words";

const SVG = "http://www.w3.org/2000/svg";

export function axisPicture(reach: number): SVGSVGElement {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "ladder-axis");
  picture.setAttribute("role", "img");
  picture.setAttribute(
    "aria-label",
    `Axis from ${reach} standard deviations easier to ${reach} harder than the mean case`,
  );
  const write = (words: string, x: string, y: number, anchor: string) => {
    const text = document.createElementNS(SVG, "text");
    for (const [name, value] of Object.entries({ x, y: String(y), "text-anchor": anchor })) {
      text.setAttribute(name, value);
    }
    if (words.length > 10) text.setAttribute("class", "middle"); // it goes where there is little room
    text.textContent = words;
    picture.append(text);
  };
  write("← easier", "0%", 12, "start");
  write("SD from the mean case", "50%", 12, "middle");
  write("harder →", "100%", 12, "end");
  for (const tick of ticksOf(reach)) {
    const at = share(tick, reach);
    const anchor = at < 0.02 ? "start" : at > 0.98 ? "end" : "middle";
    write(tick === 0 ? "0" : signed(tick).replace(/\.0$/, ""), `${at * 100}%`, 28, anchor);
  }
  return picture;
}
