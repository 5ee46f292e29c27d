/** Parts that are not acknowledged yet, kept in the tab so that a reload sends them first. They end with the tab. */
export interface StoredPart {
  seq: number;
  end: number; // s, the last time in it
  content: string; // the part as JSON, frozen; the writer's token is put before it when it is sent
}

export interface PartStore {
  all(): StoredPart[]; // by seq
  put(part: StoredPart): void;
  drop(seq: number): void;
}

export class SessionStore implements PartStore {
  constructor(
    private readonly recording: string,
    private readonly storage: Storage = sessionStorage,
  ) {}

  all(): StoredPart[] {
    const found: StoredPart[] = [];
    for (let index = 0; index < this.storage.length; index++) {
      const key = this.storage.key(index) ?? "";
      if (!key.startsWith(this.prefix)) continue;
      const [end, ...content] = (this.storage.getItem(key) ?? "").split("\n");
      found.push({ seq: Number(key.slice(this.prefix.length)), end: Number(end), content: content.join("\n") });
    }
    return found.sort((a, b) => a.seq - b.seq);
  }

  put({ seq, end, content }: StoredPart): void {
    try {
      this.storage.setItem(this.prefix + seq, `${end}\n${content}`);
    } catch {
      // Full or forbidden: it is still held by the page and sent from there.
    }
  }

  drop(seq: number): void {
    this.storage.removeItem(this.prefix + seq);
  }

  private get prefix(): string {
    return `medgaze:part:${this.recording}:`;
  }
}
