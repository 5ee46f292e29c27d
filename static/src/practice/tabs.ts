/** Tabs beside the film. The open one stands in the address, so that a reload and Back find it again. */
import { el } from "../lib/dom";

export interface Tab {
  name: string;
  title: string;
  panel: HTMLElement;
}

export class Tabs {
  private readonly buttons: HTMLButtonElement[];

  constructor(
    host: HTMLElement,
    private readonly tabs: readonly Tab[],
    private readonly opened: (name: string) => void,
    label = "Feedback",
  ) {
    this.buttons = tabs.map(({ name, title, panel }) => {
      panel.id = `tab-${name}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-label", title);
      panel.tabIndex = 0;
      const button = el("button", { class: "tab", type: "button", role: "tab", "aria-controls": panel.id }, title);
      button.addEventListener("click", () => this.open(name));
      return button;
    });
    const list = el("div", { class: "tabs", role: "tablist", "aria-label": label }, ...this.buttons);
    list.addEventListener("keydown", (event) => this.walk(event));
    host.replaceChildren(list, ...tabs.map(({ panel }) => panel));
    const asked = location.hash.slice(1);
    this.open(tabs.some(({ name }) => name === asked) ? asked : (tabs[0]?.name ?? ""));
  }

  open(name: string): void {
    for (const [index, tab] of this.tabs.entries()) {
      const chosen = tab.name === name;
      tab.panel.hidden = !chosen;
      this.buttons[index]?.setAttribute("aria-selected", String(chosen));
      if (this.buttons[index]) this.buttons[index].tabIndex = chosen ? 0 : -1;
    }
    history.replaceState(null, "", `#${name}`);
    this.opened(name);
  }

  private walk(event: KeyboardEvent): void {
    const at = this.buttons.indexOf(document.activeElement as HTMLButtonElement);
    const last = this.buttons.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    const tab = to === undefined ? undefined : this.tabs[Math.min(Math.max(to, 0), last)];
    if (!tab) return;
    event.preventDefault();
    event.stopPropagation(); // the same keys step the replay
    this.open(tab.name);
    this.buttons[this.tabs.indexOf(tab)]?.focus();
  }
}
