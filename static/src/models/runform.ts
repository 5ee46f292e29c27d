/** What a new run's form asks for, as the API takes it and as it stands in the page's address. */

import { USUAL } from "./sources";
import type { DataChoice } from "./types";

export interface Wish {
  from: string | null; // sha256; null: the champion
  kind: DataChoice["kind"];
  release: string | null;
  sources: string[];
  budget: "minutes" | "steps";
  amount: number;
  seed: number;
}

export const FIRST: Wish = {
  from: null,
  kind: "consented",
  release: null,
  sources: [...USUAL],
  budget: "minutes",
  amount: 3,
  seed: 0,
};

/** What the API's POST takes. */
export function bodyOf(name: string, wish: Wish): Record<string, unknown> {
  return {
    name: name.trim(),
    from: wish.from,
    data:
      wish.kind === "release"
        ? { kind: "release", release: wish.release, sources: null }
        : { kind: "consented", release: null, sources: wish.sources },
    steps: wish.budget === "steps" ? wish.amount : null,
    minutes: wish.budget === "minutes" ? wish.amount : null,
    seed: wish.seed,
  };
}

/** What the estimate is asked with. */
export function queryOf(wish: Wish): URLSearchParams {
  const query = new URLSearchParams({ kind: wish.kind });
  if (wish.kind === "release" && wish.release) query.set("release", wish.release);
  if (wish.kind === "consented") query.set("sources", wish.sources.join(","));
  query.set(wish.budget, String(wish.amount));
  if (wish.from) query.set("from", wish.from);
  return query;
}

/** Why the form itself is not complete yet; empty when the server can be asked. */
export function lacks({ kind, release, sources, amount, budget }: Wish): string {
  if (kind === "release" && !release) return "Choose a release.";
  if (kind === "consented" && sources.length === 0) return "Choose at least one source.";
  if (!(amount > 0)) return `Say how many ${budget} it may take.`;
  if (budget === "steps" && !Number.isInteger(amount)) return "Steps are whole.";
  return "";
}

/** The wish that an address asks for: what it leaves out is as usual, what it says wrong is left out. */
export function wishOf(address: URLSearchParams): Wish {
  const wish = { ...FIRST, sources: [...FIRST.sources] };
  const from = address.get("from");
  if (from && /^[0-9a-f]{64}$/.test(from)) wish.from = from;
  if (address.get("kind") === "release") wish.kind = "release";
  wish.release = address.get("release");
  const sources = address.get("sources");
  if (sources !== null) wish.sources = sources.split(",").filter(Boolean);
  for (const budget of ["minutes", "steps"] as const) {
    const amount = Number(address.get(budget));
    if (amount > 0) Object.assign(wish, { budget, amount });
  }
  return wish;
}
