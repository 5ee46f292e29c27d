/** Lines to paste into a shell or Python: with this server's address, so that they work as they stand. */
import type { Archive } from "./types";

const PLAIN = /^[A-Za-z0-9._/:@%+=,-]+$/;

/** As a shell takes it literally. */
export const quoted = (words: string): string => (PLAIN.test(words) ? words : `'${words.replaceAll("'", "'\\''")}'`);

const BEARER = '-H "Authorization: Bearer $TOKEN"';

/** An address on this server. */
export const whole = (url: string, origin: string): string => new URL(url, origin).href;

/** Goes on where it was cut off, as often as it is run. */
export const downloadLine = (archive: Archive, origin: string): string =>
  `curl -fL -C - -o ${quoted(archive.name)} ${BEARER} ${quoted(whole(archive.url, origin))}`;

/** Says OK when the file is whole and unchanged. */
export const checkLine = ({ name, sha256 }: Pick<Archive, "name" | "sha256">): string =>
  `echo ${quoted(`${sha256}  ${name}`)} | sha256sum -c`;

/** Three lines: the token, what the release is, all of it. */
export function shellLines(
  release: { id: string; archive: Archive | null } | null,
  origin: string,
  token: string,
): string {
  const id = release?.id ?? "latest";
  const about = whole(`/api/v1/releases/${id}/`, origin);
  const archive = release?.archive;
  return [
    `export TOKEN=${quoted(token || "paste-your-token-here")}`,
    `curl -f ${BEARER} ${quoted(about)}`,
    archive ? downloadLine(archive, origin) : `curl -f ${BEARER} ${quoted(whole("/api/v1/data/counts/", origin))}`,
  ].join("\n");
}

/** The fixations as a table, without a file in between. */
export function pythonLines(release: { id: string }, origin: string, token: string): string {
  const url = whole(`/api/v1/releases/${release.id}/files/fixations.csv`, origin);
  return [
    "import pandas as pd",
    `bearer = {"Authorization": "Bearer ${token || "paste-your-token-here"}"}`,
    `fixations = pd.read_csv("${url}", storage_options=bearer)`,
  ].join("\n");
}
