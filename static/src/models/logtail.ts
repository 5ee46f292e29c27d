/** The last lines of a run's log: read anew while it runs and the fold is open, and kept at its end unless one reads. */
import { api } from "../lib/api";
import { Problem } from "../lib/problem";

const AGAIN_MS = 3_000;

export class LogTail {
  private busy = false;

  constructor(
    private readonly fold: HTMLDetailsElement,
    private readonly lines: HTMLElement,
    private readonly url: string,
    private readonly goesOn: () => boolean,
  ) {
    fold.addEventListener("toggle", () => void this.read());
    window.setInterval(() => !document.hidden && this.goesOn() && void this.read(), AGAIN_MS);
  }

  async read(): Promise<void> {
    if (!this.fold.open || this.busy) return;
    this.busy = true;
    try {
      const { lines } = await api<{ lines: string[] }>("GET", this.url);
      this.show(lines.length > 0 ? lines.join("\n") : "Nothing has been written yet.");
    } catch (error) {
      this.show(Problem.of(error).words);
    }
    this.busy = false;
  }

  private show(words: string): void {
    if (this.lines.textContent === words) return;
    const { scrollTop, scrollHeight, clientHeight } = this.lines;
    const atEnd = scrollTop + clientHeight >= scrollHeight - 4;
    this.lines.textContent = words;
    if (atEnd) this.lines.scrollTop = this.lines.scrollHeight;
  }
}
