/** Rating: the queue of what waits, or one item after the other. */
import { must } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { queue } from "../ratings/queue";
import { Rating } from "../ratings/rating";

const main = must<HTMLElement>("main");

function start(): void {
  const host = document.querySelector<HTMLElement>("[data-queue]");
  if (host) queue(host);
  else rate();
}

function rate(): void {
  const rating = new Rating(main);
  const { player } = rating;
  Object.assign(window, { rating, viewer: player.viewport.viewer }); // for the browser tests and for the curious
  void rating.open(rating.id);
}

try {
  start();
} catch (error) {
  (document.querySelector("[data-viewport]") ?? main).replaceChildren(notice(Problem.of(error).data));
}
