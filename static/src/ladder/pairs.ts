/**
 * The pairs that one person compares: the one that is shown, the next one fetched ahead, and what was answered, so that
 * it can be taken back. An answer is sent while the next pair is shown already; one that is refused comes back.
 */
import { Problem } from "../lib/problem";
import type { Harder, Pair, PairAnswer } from "./types";

export interface Sent {
  id: string;
  done: number;
}

/** What the server is asked; `besides` is a pair that is shown just now and not answered yet. */
export interface Ask {
  pair: (besides: Pair | null) => Promise<PairAnswer>;
  send: (answer: { left: string; right: string; harder: Harder; seconds: number }) => Promise<Sent>;
  undo: (id: string) => Promise<{ done?: number } | undefined>;
}

export interface Told {
  show: (pair: Pair | null) => void;
  warm: (pair: Pair) => void; // its films are wanted next
  changed: () => void; // of `done` and `last`
  failed: (problem: Problem) => void;
}

interface Made {
  pair: Pair;
  harder: Harder;
  sent: Promise<Sent | null>;
}

const GONE = [403, 404, 409, 410]; // asking the same again would not help

export class Pairs {
  pair: Pair | null = null;
  done = 0;
  words = ""; // why there is none
  private readonly made: Made[] = [];
  private readonly queue: Pair[] = []; // come before what the server gives
  private ahead: Promise<PairAnswer> | null = null;
  private busy = false;
  private begun = false;

  constructor(
    private readonly ask: Ask,
    private readonly told: Told,
  ) {}

  /** What was answered last, if it can be taken back. */
  get last(): Harder | null {
    return this.made[this.made.length - 1]?.harder ?? null;
  }

  async start(): Promise<void> {
    await this.guarded(() => this.next(null));
  }

  /** Says which of the two is harder and goes on; `seconds` since both were in sight. */
  async answer(harder: Harder, seconds: number): Promise<void> {
    const { pair } = this;
    if (!pair || this.busy) return;
    const { left, right } = pair;
    const sent = this.ask.send({ left: left.case, right: right.case, harder, seconds }).then(
      (answer) => {
        this.counted(answer.done);
        return answer;
      },
      (error) => {
        this.refused(made, Problem.of(error));
        return null;
      },
    );
    const made: Made = { pair, harder, sent };
    this.made.push(made);
    this.counted(this.done + 1);
    await this.guarded(() => this.next(made));
  }

  /** Takes the last answer back and shows its pair again. */
  async undo(): Promise<void> {
    const made = this.made[this.made.length - 1];
    if (!made || this.busy) return;
    await this.guarded(async () => {
      const sent = await made.sent;
      if (!sent) return; // it was refused and is shown again already
      const answer = await this.ask.undo(sent.id);
      this.made.splice(this.made.indexOf(made), 1);
      if (this.pair) this.queue.unshift(this.pair);
      this.counted(answer?.done ?? this.done - 1);
      this.put(made.pair);
    });
  }

  /** The pair whose film does not open is passed over for now. */
  async pass(): Promise<void> {
    if (!this.busy) await this.guarded(() => this.next(null));
  }

  private async next(after: Made | null): Promise<void> {
    const known = this.queue.shift();
    if (known) {
      this.put(known);
      return;
    }
    const ahead = this.ahead;
    this.ahead = null;
    let answer = ahead ? await ahead.catch(() => null) : null;
    if (!answer?.pair || this.over(answer.pair)) {
      await after?.sent; // then the server knows that this pair is done
      answer = await this.ask.pair(after ? null : this.pair);
    }
    if (!after) this.counted(answer.done);
    const { last } = answer;
    if (!this.begun && last) {
      const sent = Promise.resolve({ id: String(last.id), done: answer.done });
      this.made.push({ pair: last.pair, harder: last.harder, sent }); // of before this page was opened
    }
    this.begun = true;
    this.words = answer.words;
    if (this.queue.length > 0 && answer.pair) this.queue.push(answer.pair); // a refused one came back meanwhile
    this.put(this.queue.shift() ?? answer.pair);
  }

  private put(pair: Pair | null): void {
    this.pair = pair;
    this.told.show(pair);
    const known = this.queue[0];
    if (known) this.told.warm(known);
    if (!pair || known || this.ahead) return;
    const before = this.made[this.made.length - 1]?.sent; // the server does not know before that its pair is done
    this.ahead = Promise.resolve(before).then(() => this.ask.pair(pair));
    this.ahead.then(
      (answer) => answer.pair && !this.over(answer.pair) && this.told.warm(answer.pair),
      () => undefined, // it is asked again when it is wanted
    );
  }

  /** Whether a pair is shown now or answered already, so that it is not the next one. */
  private over(pair: Pair): boolean {
    const known = [...this.made.map((made) => made.pair), ...(this.pair ? [this.pair] : [])];
    return known.some((other) => same(other, pair));
  }

  private refused(made: Made, problem: Problem): void {
    this.made.splice(this.made.indexOf(made), 1);
    this.counted(this.done - 1);
    this.told.failed(problem);
    if (GONE.includes(problem.status)) return;
    this.queue.unshift(made.pair);
    if (!this.busy && this.pair === null) this.put(this.queue.shift() ?? null);
  }

  private counted(done: number): void {
    this.done = done;
    this.told.changed();
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.told.failed(Problem.of(error));
    } finally {
      this.busy = false;
      this.told.changed();
    }
  }
}

/** The same two cases, either way round. */
export function same(a: Pair, b: Pair): boolean {
  const ids = ({ left, right }: Pair) => [left.case, right.case].sort().join(" ");
  return ids(a) === ids(b);
}
