/** What the reading page says: before the start, in a pause, when it ends elsewhere. */
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import type { ChoicesForm } from "./choices";
import { minutes } from "./clock";
import { type Cover, coverButton } from "./cover";
import type { Sender } from "./sender";
import type { Session } from "./session";

const leave = () => el("a", { class: "button plain", href: "/practice/" }, "Leave");

export function sayStart(cover: Cover, resumed: boolean, form: ChoicesForm, start: () => void): void {
  const key = (name: string) => el("kbd", {}, name);
  const recorded = el(
    "p",
    {},
    "Where you hold the sharp disc, zoom and window, and the time are recorded until you commit. You see them in your feedback.",
  );
  const moved = el(
    "p",
    {},
    "The disc follows the mouse, the arrow keys (",
    key("Shift"),
    " is faster), or stands above your finger. ",
    key("A"),
    " marks what you see; ",
    key("?"),
    " lists all keys.",
  );
  const button = coverButton(resumed ? "Go on reading" : "Start reading", start);
  button.append(" ", key("Space"));
  cover.show(
    "start",
    resumed ? "This reading is not finished" : "An unknown film",
    recorded,
    moved,
    form.element,
    el("div", { class: "row" }, button, leave()),
  );
}

export function sayPause(cover: Cover, goOn: () => void): void {
  cover.show(
    "pause",
    "Paused: click to go on",
    el("p", {}, "The page was not in front. No time has passed, and the film is hidden meanwhile."),
    el("div", { class: "row" }, coverButton("Go on reading", goOn), leave()),
  );
}

export function sayWaiting(cover: Cover): (words: string) => void {
  const line = el("p", { role: "status" }, "Your reading is being stored.");
  cover.show("waiting", "Committing …", line);
  return (words) => {
    line.textContent = words;
  };
}

/** Why this tab records no longer, and what can be done. */
export function sayEnded(cover: Cover, { why, problem }: NonNullable<Sender["ended"]>, here: () => void): void {
  const again = () => window.location.reload();
  const login = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
  const row = (...parts: Node[]) => el("div", { class: "row" }, ...parts);
  if (why === "taken-over") {
    const words = "Another tab or device has taken this reading over. Both cannot record at once.";
    cover.show(
      why,
      "This attempt goes on in another tab",
      el("p", {}, words),
      row(coverButton("Read here instead", here), leave()),
    );
  } else if (why === "closed") {
    const words = "It was committed or skipped in another tab.";
    cover.show(why, "This attempt has ended", el("p", {}, words), row(coverButton("See what became of it", again)));
  } else if (why === "signed-out") {
    const words = "What is not stored yet is kept in this tab. Sign in here, and it is stored as the reading goes on.";
    const sign = el("a", { class: "button main", href: login, "data-first": true }, "Sign in");
    cover.show(why, "You are signed out", el("p", {}, words), row(sign));
  } else {
    const words = "The recording was not taken as it is. What is not stored yet is kept in this tab.";
    cover.show(
      why,
      "The recording stopped",
      el("p", {}, words),
      notice(problem),
      row(coverButton("Load the page again", again)),
    );
  }
}

/** "recording 00:42 · saved", or since when it is not. */
export function recordingWords(session: Session | null, late: boolean): { state: string; words: string } {
  if (!session) return { state: "ready", words: "not recording" };
  const { sender, clock } = session;
  const now = minutes(clock.at());
  if (sender.ended) return { state: "ended", words: `stopped at ${now}` };
  const kept = sender.failures > 0 ? `not saved since ${minutes(sender.saved)}` : `saved ${minutes(sender.saved)}`;
  const marks = late && sender.failures === 0 ? " · marks not saved yet" : "";
  const what = session.recording ? "recording" : session.finished ? "read" : "paused";
  return { state: sender.failures > 0 ? "waiting" : what, words: `${what} ${now} · ${kept}${marks}` };
}
