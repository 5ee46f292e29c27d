/** The box that names the window: a preset while it is one, *Custom* after any change that is none. */
import { el } from "../lib/dom";
import type { FilmData } from "../lib/types";
import type { FilmViewer } from "../viewer/viewer";
import { matching, type Preset, presetsOf } from "./presets";

export class WindowBox {
  presets: Preset[] = [];
  private readonly select: HTMLSelectElement;
  private readonly custom = el("option", { value: -1, hidden: true }, "Custom");
  private readonly forget: () => void;

  constructor(
    private readonly host: HTMLElement,
    private readonly viewer: FilmViewer,
  ) {
    this.select = el("select", { "data-preset": true, "aria-label": "Window" });
    this.select.disabled = true;
    this.select.addEventListener("change", () => this.choose(Number(this.select.value)));
    host.replaceChildren(this.select);
    this.forget = viewer.onRender(() => this.name());
  }

  /** The presets of a film that is shown; null while there is none. */
  film(film: FilmData | null): void {
    this.presets = film ? presetsOf(film, () => this.viewer.range()) : [];
    this.select.disabled = this.presets.length === 0;
    this.select.replaceChildren(
      ...this.presets.map(({ name }, index) => el("option", { value: index }, name)),
      this.custom,
    );
    this.name();
  }

  choose(index: number): void {
    const preset = this.presets[index];
    if (preset) this.viewer.window(preset.center, preset.width);
  }

  destroy(): void {
    this.forget();
    this.host.replaceChildren();
  }

  private name(): void {
    const { windowCenter, windowWidth } = this.viewer;
    const value = String(matching(this.presets, windowCenter, windowWidth));
    if (this.select.value !== value) this.select.value = value;
  }
}
