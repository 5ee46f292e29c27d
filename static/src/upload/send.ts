/** Sends one film: announce the case, then tus in pieces; goes on where it stopped after a break or a reload. */
import { Upload } from "tus-js-client";
import { api, csrf } from "../lib/api";
import { Problem, type ProblemData } from "../lib/problem";

const PIECE = 2 * 1024 * 1024; // bytes; the server takes at most 8 MiB at a time
const ROOM_MS = 5_000; // between looks whether there is room for one more
const RETRY_MS = [0, 500, 1500, 3000, 6000, 12_000, 20_000, 30_000];

export interface Started {
  id: string;
  subject: string;
  upload: string;
}

export interface Sending {
  file: File;
  report: string;
  title: string;
  started: (case_: Started) => void;
  progress: (share: number) => void;
  waiting: (words: string) => void;
}

/** Resolves when all bytes are there. `stop` of the handle aborts and gives the upload up. */
export function send(sending: Sending): { done: Promise<void>; stop: () => void } {
  let upload: Upload | null = null;
  let stopped = false;
  const done = (async () => {
    const known = await unfinished(sending);
    const case_ = known ?? (await announce(sending));
    if (!case_) return;
    if (known?.complete) {
      forget(sending.file); // all bytes had arrived; only the last answer was lost
      return;
    }
    if (stopped) return;
    await new Promise<void>((resolve, reject) => {
      upload = new Upload(sending.file, {
        uploadUrl: new URL(case_.upload, location.href).href,
        chunkSize: PIECE,
        retryDelays: RETRY_MS,
        storeFingerprintForResuming: false, // tus-js-client would keep the file's name; `remember` does not
        headers: { "X-CSRFToken": csrf() },
        onShouldRetry: (error) => {
          const status = error.originalResponse?.getStatus() ?? 0;
          const again = status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
          if (again)
            sending.waiting(status === 0 ? "No connection; trying again …" : "The server is busy; trying again …");
          return again;
        },
        onProgress: (sent, total) => sending.progress(total ? sent / total : 1),
        onSuccess: () => resolve(),
        onError: (error) => reject(problemOfTus(error)),
      });
      upload.start();
    });
    forget(sending.file);
  })();
  return {
    done,
    stop: () => {
      stopped = true;
      void upload?.abort(true).catch(() => undefined);
      forget(sending.file);
    },
  };

  /** Waits where as many films are open as one person may have: those that are on their way make room. */
  async function announce({ file, report, title, started, waiting }: Sending): Promise<Started | null> {
    const body = { size: file.size, filename: file.name, report, title };
    let case_: Started | null = null;
    while (!case_) {
      if (stopped) return null;
      case_ = await api<Started>("POST", "/api/v1/cases/", body).catch(async (error: unknown) => {
        const problem = Problem.of(error);
        if (problem.status !== 429) throw problem;
        waiting(problem.words);
        await new Promise((done) => setTimeout(done, ROOM_MS));
        return null;
      });
    }
    await remember(sending, case_);
    started(case_);
    return case_;
  }
}

function problemOfTus(error: Error): Problem {
  const response = (error as { originalResponse?: { getBody(): string; getStatus(): number } | null }).originalResponse;
  try {
    return new Problem(JSON.parse(response?.getBody() ?? "") as ProblemData);
  } catch {
    const detail = "Choose “Try again”: what is there already need not be sent twice.";
    return new Problem({
      title: response ? `The server answered ${response.getStatus()}.` : "The connection broke.",
      detail,
    });
  }
}

// What is remembered over a reload: a digest of person, file, report and title on this machine, never a name.

const KEY = "medgaze-upload-";

async function fingerprint({ file, report, title }: Sending): Promise<string | null> {
  if (!crypto.subtle) return null; // only on https and on this machine
  const words = JSON.stringify([document.body.dataset.user, file.name, file.size, file.lastModified, report, title]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words));
  return KEY + [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const keys = new WeakMap<File, string>();

async function remember(sending: Sending, case_: Started): Promise<void> {
  const key = await fingerprint(sending);
  if (!key) return;
  keys.set(sending.file, key);
  localStorage.setItem(key, JSON.stringify(case_));
}

async function unfinished(sending: Sending): Promise<(Started & { complete: boolean }) | null> {
  const key = await fingerprint(sending);
  const kept = key && localStorage.getItem(key);
  if (!key || !kept) return null;
  const case_ = JSON.parse(kept) as Started;
  const answer = await fetch(case_.upload, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => null);
  if (!answer || answer.status === 429 || answer.status >= 500) {
    const detail = "Choose “Try again” when it answers: what is there already is not sent twice.";
    throw new Problem({ title: "The server does not say how much of this film it has.", detail });
  }
  const offset = Number(answer.headers.get("Upload-Offset") ?? "NaN");
  if (!answer.ok || !(offset <= sending.file.size)) {
    localStorage.removeItem(key);
    return null;
  }
  keys.set(sending.file, key);
  sending.started(case_);
  return { ...case_, complete: offset === sending.file.size };
}

function forget(file: File): void {
  const key = keys.get(file);
  if (key) localStorage.removeItem(key);
}
