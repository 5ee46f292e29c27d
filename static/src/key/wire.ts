/** An answer key as the API has it, and as it is drawn here. */
import { day } from "../lib/day";
import type { FindingData } from "../parts/findinglayer";
import { type KeyDoc, newId } from "./doc";

interface Person {
  id: number;
  name: string;
}

export interface KeyData {
  id: string;
  version: number;
  state: "draft" | "approved";
  normal: boolean | null;
  note: string;
  findings: FindingData[];
  author: Person;
  changed_at: string;
  approved_at: string | null;
  approved_by: Person | null;
}

export interface KeysData {
  approved: KeyData | null;
  draft: KeyData | null;
}

export interface VersionData {
  version: number;
  state: "draft" | "approved";
  normal: boolean | null;
  findings: number;
  attempts: number;
  author: Person;
  changed_at: string;
  approved_at: string | null;
  approved_by: Person | null;
}

export function docOf(key: KeyData | null): KeyDoc {
  if (!key) return { normal: null, note: "", findings: [] };
  const findings = key.findings.map(({ label, shape, importance, note }) => ({
    id: newId(),
    label,
    shape,
    importance,
    note,
  }));
  return { normal: key.normal, note: key.note, findings };
}

export function bodyOf({ normal, note, findings }: KeyDoc, changed_at: string | null): object {
  const sent = findings.map(({ label, shape, importance, note: words }) => ({ label, shape, importance, note: words }));
  return { normal, note, findings: sent, changed_at };
}

/** "approved 3 May 2026 by F. Adams; 2 findings; 14 attempts were judged by it" */
export function wordsOf(version: VersionData): string {
  const n = version.attempts;
  const many = n === 0 ? "no attempt was" : n === 1 ? "1 attempt was" : `${n} attempts were`;
  const used = version.state === "approved" ? `; ${many} judged by it` : "";
  const who =
    version.state === "approved"
      ? `approved ${day(version.approved_at)} by ${version.approved_by?.name ?? "somebody"}`
      : `draft by ${version.author.name}`;
  const what = version.normal ? "normal" : version.findings === 1 ? "1 finding" : `${version.findings} findings`;
  return `${who}; ${what}${used}`;
}
