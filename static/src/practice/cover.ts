/**
 * A message that stands before the film and hides it, while nothing is recorded: before the start, in a pause, when the
 * reading goes on elsewhere. It holds the keyboard, so that no key of the page acts behind it.
 */
import { el } from "../lib/dom";

export class Cover {
  private readonly dialog = el("dialog", { class: "cover", "data-cover": true });
  private wanted = false;

  /** `main` is told by an attribute, for its film to be hidden. */
  constructor(private readonly main: HTMLElement) {
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.dialog.addEventListener("close", () => this.wanted && this.dialog.showModal()); // Escape pressed twice
    main.append(this.dialog);
  }

  get shown(): boolean {
    return this.wanted;
  }

  show(name: string, title: string, ...content: (Node | string | null)[]): void {
    this.wanted = true;
    this.main.toggleAttribute("data-covered", true);
    this.dialog.dataset.cover = name;
    this.dialog.setAttribute("aria-label", title);
    this.dialog.replaceChildren(el("h2", {}, title), ...content.filter((part) => part !== null));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.querySelector<HTMLElement>("[data-first]")?.focus();
  }

  /** What went wrong with what the person just asked for. */
  problem(words: string): void {
    this.dialog.querySelector("[role=alert]")?.remove();
    this.dialog.append(el("p", { class: "notice bad small", role: "alert" }, words));
  }

  hide(): void {
    this.wanted = false;
    this.main.toggleAttribute("data-covered", false);
    if (this.dialog.open) this.dialog.close();
  }
}

export function coverButton(words: string, run: () => void, kind = "main"): HTMLButtonElement {
  const made = el("button", { class: `button ${kind}`, type: "button", "data-first": kind === "main" }, words);
  made.addEventListener("click", run);
  return made;
}
