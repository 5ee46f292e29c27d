/** What holds simulated films or readings says so, and whether that is all it holds. */
import { el } from "./dom";

export const simulatedWords = (partly: boolean): string => (partly ? "partly simulated" : "simulated");

/** `partly`: people's films or readings are in it too. */
export const simulatedBadge = (simulated: boolean, partly = false): HTMLElement | false =>
  simulated &&
  el(
    "span",
    {
      class: "badge tag",
      title: partly ? "Simulated films or readings beside people’s" : "Films or readers of it are simulated",
    },
    simulatedWords(partly),
  );
