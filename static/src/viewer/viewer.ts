/**
 * Draws one flat 16-bit film with WebGL2: load, film ↔ screen, window, zoom, pan, onRender.
 * A load that fails shows nothing, and above all never the film before it.
 */
import { Problem } from "../lib/problem";
import type { FilmData } from "../lib/types";
import { blurred, SIGMA, type Small } from "./blur";
import { type Point, View, type ViewState } from "./geometry";
import * as GL from "./gl";
import { fetchPixels } from "./load";
import { FRAGMENT, VERTEX } from "./shaders";

export interface Spot {
  at: Point; // film px
  sharp: number; // film px within which all is sharp
  soft: number; // film px beyond which all is blurred
}

export interface Heat {
  columns: number;
  rows: number;
  levels: Uint8Array; // 0..255
}

type Status = "empty" | "loading" | "shown" | "failed" | "lost";

export class FilmViewer {
  readonly view = new View();
  film: FilmData | null = null;
  status: Status = "empty";
  invert = false;
  windowCenter = 0;
  windowWidth = 1;

  private readonly gl: WebGL2RenderingContext;
  private program: WebGLProgram | null = null;
  private uniform: (name: string) => WebGLUniformLocation | null = () => null;
  private textures: { film?: WebGLTexture; blurred?: WebGLTexture; heat?: WebGLTexture } = {};
  private pixels: Uint16Array | null = null;
  private small: Small | null = null;
  private heat: Heat | null = null;
  private spot: Spot | null = null;
  private sigma = SIGMA;
  private loading = new AbortController();
  private frame = 0;
  private readonly renderListeners = new Set<(view: ViewState) => void>();
  private readonly statusListeners = new Set<(status: Status, problem?: Problem) => void>();
  private readonly gone = new AbortController();

  constructor(readonly canvas: HTMLCanvasElement) {
    this.gl = GL.context(canvas);
    this.start();
    const { signal } = this.gone;
    const lost = (event: Event) => {
      event.preventDefault(); // asks the browser to give it back
      this.say("lost");
    };
    const restored = () => {
      this.start();
      if (this.film && this.pixels) this.upload();
      this.say(this.pixels ? "shown" : "empty");
      this.render();
    };
    canvas.addEventListener("webglcontextlost", lost, { signal });
    canvas.addEventListener("webglcontextrestored", restored, { signal });
    this.watchSize();
  }

  /** Fetches and shows a film; the film before it is gone at once. Rejects with a Problem when it cannot be shown. */
  async load(film: FilmData): Promise<void> {
    this.loading.abort();
    const loading = new AbortController();
    this.loading = loading;
    this.forget();
    this.say("loading");
    this.render();
    try {
      const pixels = await fetchPixels(film, loading.signal);
      if (loading.signal.aborted) return; // a later load has taken over
      this.show(film, pixels);
    } catch (error) {
      if (loading.signal.aborted) return;
      this.forget();
      this.render();
      const problem = Problem.of(error);
      this.say("failed", problem);
      throw problem;
    }
  }

  /** Takes the film away. */
  clear(): void {
    this.loading.abort();
    this.forget();
    this.say("empty");
    this.render();
  }

  filmToScreen(film: Point): Point {
    return this.view.filmToScreen(film);
  }

  screenToFilm(screen: Point): Point {
    return this.view.screenToFilm(screen);
  }

  window(center: number, width: number): void {
    this.windowCenter = center;
    this.windowWidth = Math.max(width, 1);
    this.render();
  }

  zoom(scale: number, at?: Point): void {
    this.view.zoomTo(scale, at);
    this.render();
  }

  pan(dx: number, dy: number): void {
    this.view.panBy(dx, dy);
    this.render();
  }

  fit(): void {
    this.view.fit();
    this.render();
  }

  turn(quarters: number): void {
    this.view.turn(quarters);
    this.render();
  }

  setInvert(invert: boolean): void {
    this.invert = invert;
    this.render();
  }

  reset(): void {
    if (!this.film) return;
    this.view.setFilm(this.view.columns, this.view.rows, this.view.aspect);
    this.invert = false;
    this.window(this.film.window_center, this.film.window_width);
  }

  /** Lowest and highest stored value, for the "all values" window. */
  range(): [number, number] {
    let low = 65535;
    let high = 0;
    for (const value of this.pixels ?? []) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  setSpot(spot: Spot | null): void {
    if (spot === null && this.spot === null) return; // nothing new to draw
    this.spot = spot;
    this.render();
  }

  /** How strongly the film is blurred outside the spot: the blur's standard deviation, of the film's long side. */
  setBlur(sigma: number): void {
    if (sigma === this.sigma) return;
    this.sigma = sigma;
    this.small = null;
    if (this.textures.blurred) this.gl.deleteTexture(this.textures.blurred);
    delete this.textures.blurred;
    this.render();
  }

  setHeat(heat: Heat | null): void {
    if (heat === null && this.heat === null) return;
    this.heat = heat;
    if (this.textures.heat) this.gl.deleteTexture(this.textures.heat);
    delete this.textures.heat;
    this.render();
  }

  /** After every frame, with the view it was drawn by; gives the function that ends it. */
  onRender(listener: (view: ViewState) => void): () => void {
    this.renderListeners.add(listener);
    return () => this.renderListeners.delete(listener);
  }

  onStatus(listener: (status: Status, problem?: Problem) => void): () => void {
    this.statusListeners.add(listener);
    return () => this.statusListeners.delete(listener);
  }

  /** Gives everything back; the canvas can go. */
  destroy(): void {
    this.gone.abort();
    this.loading.abort();
    this.renderListeners.clear();
    this.statusListeners.clear();
    cancelAnimationFrame(this.frame);
    this.forget();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Draws once in the next animation frame, however often it is asked. */
  render(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  private show(film: FilmData, pixels: Uint16Array): void {
    const most = this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE) as number;
    if (Math.max(film.columns, film.rows) > most) {
      throw new Problem({
        title: "This film is too large for this device.",
        detail: `It has ${film.columns} × ${film.rows} pixels; the graphics here take ${most} a side.`,
      });
    }
    this.film = film;
    this.pixels = pixels;
    const square = !film.row_spacing_mm || !film.column_spacing_mm;
    this.view.setFilm(film.columns, film.rows, square ? 1 : (film.row_spacing_mm ?? 1) / (film.column_spacing_mm ?? 1));
    this.windowCenter = film.window_center;
    this.windowWidth = film.window_width;
    this.invert = false;
    this.upload();
    const error = this.gl.getError();
    if (error !== this.gl.NO_ERROR && error !== this.gl.CONTEXT_LOST_WEBGL) {
      throw new Problem({ title: "The graphics memory is full.", detail: "Close other pages and try again." });
    }
    this.draw();
    this.say("shown");
  }

  private upload(): void {
    if (this.film && this.pixels) {
      this.textures.film = GL.values(this.gl, this.film.columns, this.film.rows, this.pixels);
    }
  }

  /** Drops the film and everything made from it. */
  private forget(): void {
    for (const texture of Object.values(this.textures)) this.gl.deleteTexture(texture);
    this.textures = {};
    this.film = this.pixels = this.small = this.heat = this.spot = null;
  }

  private start(): void {
    this.textures = {};
    this.program = GL.program(this.gl, VERTEX, FRAGMENT);
    this.uniform = GL.uniforms(this.gl, this.program);
  }

  private say(status: Status, problem?: Problem): void {
    this.status = status;
    for (const listener of this.statusListeners) listener(status, problem);
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { gl, view, uniform } = this;
    if (gl.isContextLost()) return;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (this.film && this.textures.film) {
      const { a, b, c, d, e, f } = view.affine();
      gl.useProgram(this.program);
      this.bind(0, "u_film", this.textures.film);
      this.bind(1, "u_blurred", this.spot ? this.blurredTexture() : this.textures.film);
      this.bind(2, "u_heat", this.heatTexture());
      gl.uniform2f(uniform("u_canvas"), this.canvas.width, this.canvas.height);
      gl.uniform1f(uniform("u_dpr"), view.dpr);
      gl.uniform4f(uniform("u_affine"), a, b, c, d);
      gl.uniform2f(uniform("u_origin"), e, f);
      const under = 1 / (view.scale * view.dpr);
      gl.uniform2f(uniform("u_footprint"), under, under / view.aspect);
      gl.uniform2f(uniform("u_window"), this.windowCenter, this.windowWidth);
      gl.uniform1i(uniform("u_invert"), this.invert ? 1 : 0);
      gl.uniform1f(uniform("u_aspect"), view.aspect);
      gl.uniform1f(uniform("u_heat_alpha"), this.heat ? 0.6 : 0);
      const spot = this.spot;
      gl.uniform4f(uniform("u_spot"), spot?.at.x ?? 0, spot?.at.y ?? 0, spot?.sharp ?? 0, spot?.soft ?? 0);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
    for (const listener of this.renderListeners) listener(view.state());
  }

  private bind(unit: number, name: string, texture: WebGLTexture | null): void {
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
    this.gl.uniform1i(this.uniform(name), unit);
  }

  private blurredTexture(): WebGLTexture | null {
    if (!this.textures.blurred && this.film && this.pixels) {
      this.small ??= blurred(this.film.columns, this.film.rows, this.pixels, this.sigma);
      this.gl.activeTexture(this.gl.TEXTURE0 + 1);
      this.textures.blurred = GL.values(this.gl, this.small.columns, this.small.rows, this.small.pixels);
    }
    return this.textures.blurred ?? null;
  }

  private heatTexture(): WebGLTexture | null {
    if (!this.textures.heat) {
      const heat = this.heat ?? { columns: 1, rows: 1, levels: new Uint8Array(1) };
      this.gl.activeTexture(this.gl.TEXTURE0 + 2);
      this.textures.heat = GL.shares(this.gl, heat.columns, heat.rows, heat.levels);
    }
    return this.textures.heat;
  }

  /** Backing pixels are device pixels, counted by the browser where it can: nothing is resampled after us. */
  private watchSize(): void {
    const resized = (entries: ResizeObserverEntry[]) => {
      const entry = entries[entries.length - 1];
      const exact = entry?.devicePixelContentBoxSize?.[0];
      const dpr = window.devicePixelRatio || 1;
      const box = this.canvas.getBoundingClientRect();
      const width = deviceSize(box.width * dpr, exact?.inlineSize);
      const height = deviceSize(box.height * dpr, exact?.blockSize);
      if (width === this.canvas.width && height === this.canvas.height && dpr === this.view.dpr) return;
      this.canvas.width = width;
      this.canvas.height = height;
      this.view.resize(this.canvas.width / dpr, this.canvas.height / dpr, dpr);
      this.draw();
    };
    const observer = new ResizeObserver(resized);
    try {
      observer.observe(this.canvas, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(this.canvas); // Safari
      const resolution = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
      resolution.addEventListener("change", () => resized([]), { signal: this.gone.signal });
    }
    this.gone.signal.addEventListener("abort", () => observer.disconnect());
  }
}

/** The browser's own count of device pixels, unless it is far off (emulated device ratios are not counted). */
function deviceSize(wanted: number, counted: number | undefined): number {
  if (counted !== undefined && Math.abs(counted - wanted) < 1.01) return Math.max(1, counted);
  return Math.max(1, Math.round(wanted));
}
