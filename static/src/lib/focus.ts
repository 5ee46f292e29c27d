/** A control that was used by hand gives the focus back, so that space and arrows mean the replay again. */
export function keepKeysFor(root: HTMLElement, except: string): void {
  let byHand = false;
  const done = (event: Event) => {
    const used =
      event.target instanceof Element
        ? event.target.closest<HTMLElement>("button, select, [type=range], [type=radio]")
        : null;
    if (byHand && used && !used.closest(except)) used.blur();
  };
  document.addEventListener("pointerdown", () => {
    byHand = true;
  });
  document.addEventListener("keydown", () => {
    byHand = false;
  });
  root.addEventListener("change", done);
  root.addEventListener("click", (event) => event.target instanceof HTMLSelectElement || done(event));
}
