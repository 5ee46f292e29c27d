/**
 * One WebSocket for the whole page: many subjects, each a snapshot and then every event in order, without gaps.
 * It reconnects with back-off and asks for what it missed; while no socket can be had it asks the REST twin.
 */
import { api } from "./api";
import { Problem } from "./problem";

type Data = Record<string, unknown>;

export interface Follower {
  snapshot?: (state: Data) => void;
  event?: (type: string, data: Data) => void;
  queue?: (place: number) => void;
  refused?: (code: number) => void;
}

interface Topic {
  seq: number | null; // of the last event that reached the followers; null before the snapshot
  followers: Set<Follower>;
}

interface Message {
  type: "snapshot" | "event" | "queue" | "refused" | "pong";
  subject: string;
  seq: number;
  state: Data;
  event: string;
  data: Data;
  place: number;
  code: number;
}

interface Page {
  seq: number;
  state: Data | null;
  events: { seq: number; event: string; data: Data }[];
}

export type Line = "live" | "asking" | "offline" | "signed-out";

const SIGNED_OUT = 4401;
const PING_MS = 25_000;
const ANSWER_MS = 10_000;
const ASK_MS = 2_000;
const LONGEST_WAIT_MS = 15_000;

export class Live {
  private socket: WebSocket | null = null;
  private readonly topics = new Map<string, Topic>();
  private readonly lineListeners: ((line: Line) => void)[] = [];
  private failures = 0;
  private heard = 0;
  private line: Line = "live";
  private retry = 0;
  private stopped = false;

  constructor(private readonly path = "/ws/live/") {
    this.connect();
    window.setInterval(() => this.ping(), PING_MS);
    window.setInterval(() => void this.ask(), ASK_MS);
    window.addEventListener("online", () => this.reconnectNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.reconnectNow());
    window.addEventListener("pagehide", () => this.stop());
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return; // back from the browser's page cache
      this.stopped = false;
      this.reconnectNow();
    });
  }

  /**
   * Follow a subject; gives the function that stops it. The first follower's snapshot comes at once; one who knows the
   * state as of event `after`, since the page was made with it, gets what came since instead.
   */
  follow(subject: string, follower: Follower, after: number | null = null): () => void {
    const topic = this.topics.get(subject) ?? { seq: after, followers: new Set() };
    const known = this.topics.has(subject);
    topic.followers.add(follower);
    this.topics.set(subject, topic);
    if (known) topic.seq = null; // a snapshot for the newcomer; the others take it as news
    this.subscribe(subject, topic);
    return () => {
      topic.followers.delete(follower);
      if (topic.followers.size > 0 || this.topics.get(subject) !== topic) return;
      this.topics.delete(subject);
      this.send({ type: "unsubscribe", subject });
    };
  }

  onLine(listener: (line: Line) => void): void {
    this.lineListeners.push(listener);
    listener(this.line);
  }

  private connect(): void {
    window.clearTimeout(this.retry);
    if (this.stopped || this.line === "signed-out") return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.path}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.heard = Date.now();
      for (const [subject, topic] of this.topics) this.subscribe(subject, topic);
    });
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      this.failures = 0;
      this.heard = Date.now();
      this.say("live");
      this.take(JSON.parse(event.data) as Message);
    });
    socket.addEventListener("close", (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (event.code === SIGNED_OUT) {
        this.say("signed-out");
        return;
      }
      this.failures += 1;
      if (this.failures > 1) this.say("asking");
      const wait = Math.min(LONGEST_WAIT_MS, 400 * 2 ** Math.min(this.failures, 6)) * (0.5 + Math.random() / 2);
      this.retry = window.setTimeout(() => this.connect(), wait);
    });
  }

  private stop(): void {
    this.stopped = true;
    window.clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private reconnectNow(): void {
    if (!this.socket && !this.stopped) this.connect();
  }

  private take(message: Message): void {
    const topic = this.topics.get(message.subject);
    if (!topic) return;
    if (message.type === "snapshot") this.start(topic, message.seq, message.state);
    else if (message.type === "event") this.next(message.subject, topic, message.seq, message.event, message.data);
    else if (message.type === "queue") for (const follower of topic.followers) follower.queue?.(message.place);
    else if (message.type === "refused") {
      for (const follower of topic.followers) follower.refused?.(message.code);
      if (message.code === 429) window.setTimeout(() => this.subscribe(message.subject, topic), 2000);
    }
  }

  private start(topic: Topic, seq: number, state: Data): void {
    topic.seq = seq;
    for (const follower of topic.followers) follower.snapshot?.(state);
  }

  private next(subject: string, topic: Topic, seq: number, type: string, data: Data): void {
    if (topic.seq === null || seq <= topic.seq) return; // known already, or a snapshot is on its way
    if (seq !== topic.seq + 1) {
      this.subscribe(subject, topic); // a gap: ask again from where we are
      return;
    }
    topic.seq = seq;
    for (const follower of topic.followers) follower.event?.(type, data);
  }

  private subscribe(subject: string, topic: Topic): void {
    this.send({ type: "subscribe", subject, after: topic.seq });
  }

  private send(message: Data): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private ping(): void {
    const socket = this.socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    const asked = Date.now();
    this.send({ type: "ping" });
    window.setTimeout(() => {
      if (this.socket === socket && this.heard < asked) socket.close(4000, "no answer");
    }, ANSWER_MS);
  }

  /** The REST twin, while there is no socket. */
  private async ask(): Promise<void> {
    if (this.line !== "asking" && this.line !== "offline") return;
    if (this.socket?.readyState === WebSocket.OPEN || document.hidden) return;
    for (const [subject, topic] of this.topics) {
      const after = topic.seq === null ? "" : `&after=${topic.seq}`;
      try {
        const page = await api<Page>("GET", `/api/v1/events/?subject=${encodeURIComponent(subject)}${after}`);
        this.say("asking");
        if (page.state) this.start(topic, page.seq, page.state);
        for (const { seq, event, data } of page.events) this.next(subject, topic, seq, event, data);
      } catch (error) {
        const { status } = Problem.of(error);
        if (status === 401) this.say("signed-out");
        else if (status === 0) this.say("offline");
        else if (status === 404) for (const follower of topic.followers) follower.refused?.(404);
        if (status === 0 || status === 401) return;
      }
    }
  }

  private say(line: Line): void {
    if (line === this.line) return;
    this.line = line;
    for (const listener of this.lineListeners) listener(line);
  }
}

const WORDS: Record<Line, string> = {
  live: "",
  asking: "The live line is down; this page asks every two seconds instead.",
  offline: "No connection. This page goes on as soon as it is back.",
  "signed-out": "You are signed out. Sign in again to go on.",
};

/** Says in one place of the page how the line is, when it is not simply live. */
export function showLine(live: Live, place: HTMLElement): void {
  live.onLine((line) => {
    place.textContent = WORDS[line];
    place.hidden = line === "live";
  });
}
