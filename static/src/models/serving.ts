/** Which version serves: promoting one, and rolling back. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { toast } from "../lib/toast";
import { askFor, type Wanted } from "../releases/askform";
import type { Model, ModelRow, PromotionData, VersionRef } from "./types";
import { needsReason, short } from "./words";

const LEAST = 10; // characters of a reason that goes against the gate
const LEAVE = "Leave it as it is";
const PASSWORD: Wanted = { name: "password", label: "Your password", kind: "password", required: true };
const WHY: Wanted = { name: "reason", label: "Why", kind: "lines", most: 1000, hint: "Stays in the history." };

const named = ({ name, sha256 }: VersionRef): HTMLElement =>
  el("strong", {}, name, " ", el("span", { class: "mono small", title: sha256 }, short(sha256)));

/** Asks for password and reason, then promotes; gives whether it was done. */
export async function promote(version: ModelRow, champion: VersionRef | null): Promise<boolean> {
  const against = needsReason(version.verdict);
  const done = await askFor({
    title: `Promote ${version.name}?`,
    body: [
      el("p", {}, "From now on new predictions are made by ", named(version), ...instead(champion), "."),
      el(
        "p",
        { class: "soft small" },
        "Predictions that wait or run keep the version that they name. Readings that were predicted before stay as they are, and so do feedback, the ladder’s history and studies that run. You can roll back at any time.",
      ),
      version.simulated
        ? el(
            "p",
            { class: "soft small" },
            "It learnt from simulated readings, wholly or in part, and every page says so.",
          )
        : "",
      against ? el("p", { class: "notice bad" }, el("strong", {}, against), "You can promote it if you say why.") : "",
    ],
    fields: [
      against
        ? {
            ...WHY,
            label: "Why all the same",
            required: true,
            hint: `At least ${LEAST} characters; stays in the history.`,
          }
        : WHY,
      PASSWORD,
    ],
    yes: "Promote it",
    no: LEAVE,
    send: async (answers) => {
      await api<Model>("POST", `/api/v1/models/${version.sha256}/promote/`, answers);
    },
  });
  if (done) toast(`${version.name} serves now.`);
  return done;
}

const instead = (champion: VersionRef | null): (Node | string)[] =>
  champion ? [", instead of ", named(champion)] : [];

/**
 * The two promotions that a roll back is about: what is taken back, and what serves again; null where there is nothing to
 * go back to. A roll back leads to what served before the promotion that it takes back, as the server reckons it.
 */
export function rollBackOf(history: readonly PromotionData[]): { undone: PromotionData; back: PromotionData } | null {
  const standing: PromotionData[] = [];
  for (const promotion of [...history].sort((a, b) => Number(a.id) - Number(b.id))) {
    if (promotion.undoes === null) standing.push(promotion);
    else standing.pop();
  }
  const undone = standing[standing.length - 1];
  const back = standing[standing.length - 2];
  return undone && back ? { undone, back } : null;
}

export async function rollBack({ undone, back }: { undone: PromotionData; back: PromotionData }): Promise<boolean> {
  const done = await askFor({
    title: `Roll back to ${back.version.name}?`,
    body: [
      el(
        "p",
        {},
        "From now on new predictions are made by ",
        named(back.version),
        " again, instead of ",
        named(undone.version),
        ".",
      ),
      el(
        "p",
        { class: "soft small" },
        `${undone.version.name} stays here, as retired, and can be promoted again. Predictions that wait or run keep the version that they name; nothing that was predicted is thrown away.`,
      ),
    ],
    fields: [{ ...WHY, required: true }, PASSWORD],
    yes: "Roll back",
    no: LEAVE,
    send: async (answers) => {
      await api("POST", "/api/v1/models/roll-back/", answers);
    },
  });
  if (done) toast(`Rolled back: ${back.version.name} serves again.`);
  return done;
}
