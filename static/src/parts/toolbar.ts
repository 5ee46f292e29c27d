/** Tools once: a tool's key, its words for the help, and its button where it has a picture and there is a bar for it. */
import { el, icon } from "../lib/dom";
import { addKeys } from "../lib/keys";

export interface Tool {
  name: string; // of the button: data-do
  keys: string[];
  group: string;
  /** For the help and the button; a function where it depends on the film, empty when there is nothing to do. */
  what: string | (() => string);
  run: () => void;
  pressed?: () => boolean;
  /** For what is held: called when key or button is let go. */
  release?: () => void;
  icon?: string;
  text?: string; // on the button instead of a picture
}

export class Toolbar {
  private readonly buttons: [HTMLButtonElement, Tool][] = [];
  private readonly forget: () => void;

  /** Registers the keys of all sections; those with buttons stand in the host, a rule between them. */
  constructor(
    private readonly host: HTMLElement,
    ...sections: Tool[][]
  ) {
    for (const section of sections) {
      const shown = section.filter((tool) => tool.icon || tool.text);
      if (shown.length > 0 && host.childElementCount > 0) host.append(el("hr"));
      for (const tool of shown) host.append(this.button(tool));
    }
    this.forget = addKeys(...sections.flat());
    this.refresh();
  }

  refresh(): void {
    for (const [button, { pressed }] of this.buttons) {
      if (pressed) button.setAttribute("aria-pressed", String(pressed()));
    }
  }

  destroy(): void {
    this.forget();
    this.host.replaceChildren();
  }

  private button(tool: Tool): HTMLButtonElement {
    const what = typeof tool.what === "function" ? tool.what() : tool.what;
    const key = tool.keys[0] ?? "";
    const button = el(
      "button",
      {
        class: "tool",
        type: "button",
        "data-do": tool.name,
        title: `${what} (${key.length > 1 ? key : key.toUpperCase()})`,
        "aria-label": what,
      },
      tool.icon ? icon(tool.icon) : el("span", { "aria-hidden": "true" }, tool.text),
    );
    const { release } = tool;
    if (release) {
      button.addEventListener("pointerdown", tool.run);
      for (const end of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(end, release);
    } else {
      button.addEventListener("click", tool.run);
    }
    this.buttons.push([button, tool]);
    return button;
  }
}
