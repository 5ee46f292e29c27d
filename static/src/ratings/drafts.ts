/** Keeps what stands in the form of an item, so that it is there on reload and on another device. */
import { csrf } from "../lib/api";
import { problemOf } from "../lib/problem";
import type { DraftData } from "./types";

/** Gives when it was saved; rejects with a Problem. It gets through when the page is left the next moment. */
export async function putDraft(assignment: string, draft: DraftData): Promise<string> {
  const response = await fetch(`/api/v1/ratings/items/${assignment}/draft/`, {
    method: "PUT",
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify(draft),
    keepalive: true,
  });
  if (!response.ok) throw await problemOf(response);
  return ((await response.json()) as { saved_at: string }).saved_at;
}
