/**
 * Where the film lies on the screen: the one mapping that drawing, overlay, pointer and logs share.
 *
 * Film space: pixels of the stored film, x right, y down; the centre of pixel (column c, row r) is (c + 0.5, r + 0.5).
 * Screen space: CSS pixels from the canvas's top left corner, never device pixels.
 */
export interface Point {
  x: number;
  y: number;
}

/** Screen to film as `film = (a·x + c·y + e, b·x + d·y + f)`; the three numbers that move are scale and the offset. */
export interface Affine {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

/** All of a view that a log needs to replay it. */
export interface ViewState {
  scale: number; // CSS px a film column
  center: Point; // film px in the middle of the canvas
  turns: number; // quarter turns clockwise, 0..3
  width: number; // canvas, CSS px
  height: number;
}

const COS = [1, 0, -1, 0];
const SIN = [0, 1, 0, -1];
const MAX_SCALE = 32;

export class View {
  scale = 1;
  center: Point = { x: 0.5, y: 0.5 };
  turns = 0;
  width = 1;
  height = 1;
  dpr = 1;
  columns = 1;
  rows = 1;
  /** Height of a film pixel over its width: 1 unless the film says that its pixels are not square. */
  aspect = 1;
  /** While fitted, a resize fits again. */
  fitted = true;

  setFilm(columns: number, rows: number, aspect = 1): void {
    Object.assign(this, { columns, rows, aspect, turns: 0 });
    this.fit();
  }

  resize(width: number, height: number, dpr: number): void {
    Object.assign(this, { width, height, dpr });
    if (this.fitted) this.fit();
    else this.clamp();
  }

  get fitScale(): number {
    const upright = this.turns % 2 === 0;
    const across = upright ? this.columns : this.rows * this.aspect;
    const down = upright ? this.rows * this.aspect : this.columns;
    return Math.min(this.width / across, this.height / down);
  }

  fit(): void {
    this.scale = this.fitScale;
    this.center = { x: this.columns / 2, y: this.rows / 2 };
    this.fitted = true;
  }

  /** Zoom so that the film point under `at` (screen) stays under it. */
  zoomTo(scale: number, at: Point = { x: this.width / 2, y: this.height / 2 }): void {
    const held = this.screenToFilm(at);
    this.scale = Math.min(Math.max(scale, Math.min(this.fitScale * 0.5, 1)), MAX_SCALE);
    this.fitted = false;
    const now = this.screenToFilm(at);
    this.center = { x: this.center.x + held.x - now.x, y: this.center.y + held.y - now.y };
    this.clamp();
  }

  /** Move the film by so many CSS px. */
  panBy(dx: number, dy: number): void {
    const turned = this.unturn(dx / this.scale, dy / this.scale);
    this.center = { x: this.center.x - turned.x, y: this.center.y - turned.y / this.aspect };
    this.fitted = false;
    this.clamp();
  }

  turn(quarters: number): void {
    this.turns = (((this.turns + quarters) % 4) + 4) % 4;
    if (this.fitted) this.fit();
  }

  filmToScreen(film: Point): Point {
    const x = (film.x - this.center.x) * this.scale;
    const y = (film.y - this.center.y) * this.scale * this.aspect;
    const cos = COS[this.turns] as number;
    const sin = SIN[this.turns] as number;
    const snap = this.snap();
    return {
      x: cos * x - sin * y + this.width / 2 + snap.x,
      y: sin * x + cos * y + this.height / 2 + snap.y,
    };
  }

  screenToFilm(screen: Point): Point {
    const snap = this.snap();
    const turned = this.unturn(screen.x - snap.x - this.width / 2, screen.y - snap.y - this.height / 2);
    return {
      x: turned.x / this.scale + this.center.x,
      y: turned.y / (this.scale * this.aspect) + this.center.y,
    };
  }

  /** The same as screenToFilm, for the shader. */
  affine(): Affine {
    const origin = this.screenToFilm({ x: 0, y: 0 });
    const right = this.screenToFilm({ x: 1, y: 0 });
    const down = this.screenToFilm({ x: 0, y: 1 });
    return {
      a: right.x - origin.x,
      b: right.y - origin.y,
      c: down.x - origin.x,
      d: down.y - origin.y,
      e: origin.x,
      f: origin.y,
    };
  }

  state(): ViewState {
    return { scale: this.scale, center: { ...this.center }, turns: this.turns, width: this.width, height: this.height };
  }

  private unturn(x: number, y: number): Point {
    const cos = COS[this.turns] as number;
    const sin = SIN[this.turns] as number;
    return { x: cos * x + sin * y, y: -sin * x + cos * y };
  }

  /**
   * At 1:1 and other whole device-pixel scales the film's pixel edges are put on the screen's, else an odd-sized film
   * in an even-sized window would lie half a pixel off and every pixel would be a mean of its neighbours.
   */
  private snap(): Point {
    const whole = this.scale * this.dpr;
    if (this.aspect !== 1 || Math.abs(whole - Math.round(whole)) > 1e-6) return { x: 0, y: 0 };
    const cos = COS[this.turns] as number;
    const sin = SIN[this.turns] as number;
    const x = -this.center.x * this.scale;
    const y = -this.center.y * this.scale;
    const left = (cos * x - sin * y + this.width / 2) * this.dpr;
    const top = (sin * x + cos * y + this.height / 2) * this.dpr;
    return { x: (Math.round(left) - left) / this.dpr, y: (Math.round(top) - top) / this.dpr };
  }

  /** The middle of the screen always shows some film, so that it cannot be lost. */
  private clamp(): void {
    this.center = {
      x: Math.min(Math.max(this.center.x, 0), this.columns),
      y: Math.min(Math.max(this.center.y, 0), this.rows),
    };
  }
}
