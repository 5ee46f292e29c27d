/** The line of a home or a list that says the demo is still being made: asked for anew; the page is, when more of it is there. */
const AGAIN_MS = 10_000;

export function demoLine(): void {
  const shown = () => document.querySelector<HTMLElement>("[data-demo]");
  const address = shown()?.dataset.demo;
  if (!address) return;
  window.setInterval(async () => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    if (document.activeElement?.matches("input, textarea, select")) return; // somebody writes
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const now = new DOMParser()
      .parseFromString(await answer.text(), "text/html")
      .querySelector<HTMLElement>("[data-demo]");
    const old = shown();
    if (now && now.dataset.there === old?.dataset.there) old?.replaceWith(now);
    else window.location.reload();
  }, AGAIN_MS);
}
