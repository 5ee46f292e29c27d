/** "3 May 2026", as dates stand on every page; empty for none. */
export const day = (iso: string | null): string =>
  iso ? new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" }) : "";
