/** How a release is taken home: the terms, accepted once; then the archive, whose download goes on where it was cut. */

import { api } from "../lib/api";
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { fold, section } from "./contents";
import { code, copyButton, digest, table, when } from "./pieces";
import { checkLine, downloadLine } from "./snippets";
import type { Archive, Release, ReleaseFile } from "./types";
import { byFolder, sizeWords } from "./words";

/** What stands beside the contents; `accepted` gets the release as it is after the terms were accepted. */
export function taking(release: Release, accepted: (release: Release) => void): HTMLElement {
  const { closed, archive, terms } = release;
  if (closed) return section("download", "Download", notice({ title: "Not for you to download.", detail: closed }, ""));
  if (!archive) return section("download", "Download", el("p", { class: "soft" }, "There is nothing to download yet."));
  return terms.accepted_at
    ? section("download", "Download", ...download(archive), agreed(release))
    : section("download", "Download", ...asking(release, accepted));
}

function asking({ id, terms, archive }: Release, accepted: (release: Release) => void): HTMLElement[] {
  const accept = el("button", { class: "button main", type: "button", "data-accept": true }, "Accept the terms");
  const refused = el("div");
  accept.addEventListener("click", async () => {
    accept.disabled = true;
    try {
      accepted(await api<Release>("POST", `/api/v1/releases/${id}/terms/`, { version: terms.version }));
    } catch (error) {
      refused.replaceChildren(notice(Problem.of(error).data));
      accept.disabled = false;
    }
  });
  return [
    el(
      "p",
      {},
      `Accept the terms once, then download ${archive ? sizeWords(archive.size_bytes) : "it"}. What you accept and take is written down.`,
    ),
    termsBox(terms.text),
    accept,
    refused,
  ];
}

const termsBox = (text: string): HTMLElement =>
  el(
    "div",
    { class: "terms", tabindex: 0, role: "group", "aria-label": "Terms of use" },
    ...text.split(/\n{2,}/).map((words) => el("p", {}, words.trim())),
  );

function download(archive: Archive): HTMLElement[] {
  const { name, size_bytes, sha256, url } = archive;
  return [
    el("a", { class: "button main wide-button", href: url, download: name, "data-download": true }, `Download ${name}`),
    el("p", { class: "small soft" }, `${sizeWords(size_bytes)} · sha256 `, digest(sha256, name)),
    el(
      "p",
      { class: "small" },
      "Cut off? Resume it in the browser's downloads, or run this line again and again in a shell: it goes on where it stopped. ",
      el("a", { href: "/access/" }, "Make a token"),
      " for it first. Error 416 means that nothing is missing any more.",
    ),
    code(downloadLine(archive, location.origin), "the download line"),
    el("p", { class: "small" }, "Is it whole?"),
    code(checkLine(archive), "the line that checks it"),
  ];
}

function agreed({ terms }: Release): HTMLElement {
  return el(
    "details",
    { class: "small" },
    el("summary", {}, "You accepted the terms ", terms.accepted_at && when(terms.accepted_at)),
    termsBox(terms.text),
  );
}

/** Every file with size and digest; a link to each for those who may have it. Those of a folder are folded up. */
export function files({ files, terms, closed, archive }: Release): HTMLElement | false {
  if (files.length === 0) return false;
  const open = Boolean(terms.accepted_at) && !closed;
  const copyAll = copyButton(
    () => files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(""),
    "all digests, as sha256sum reads them",
    "Copy all digests",
  );
  const words = open ? "Each can be had alone." : "Each can be had alone once the terms are accepted.";
  return section(
    "files",
    "Files",
    el("div", { class: "row" }, el("p", { class: "soft small grow" }, archive && !closed ? words : ""), copyAll),
    ...byFolder(files).map(({ folder, files, size_bytes }) =>
      folder === ""
        ? fileTable(files, open, "Files of this release")
        : fold(
            `${folder}/`,
            `${count(files.length, "file")}, ${sizeWords(size_bytes)}`,
            fileTable(files, open, `Files in ${folder}`),
          ),
    ),
  );
}

function fileTable(files: readonly ReleaseFile[], open: boolean, caption: string): HTMLElement {
  return table(
    [{ name: "File" }, { name: "Size", num: true }, { name: "sha256" }],
    files.map(({ path, size_bytes, sha256, url }) => {
      const name = path.split("/").at(-1) ?? path;
      const link = open
        ? el("a", { class: "mono", href: url, download: name }, name)
        : el("span", { class: "mono" }, name);
      return { attributes: { "data-path": path }, cells: [[link], [sizeWords(size_bytes)], [digest(sha256, path)]] };
    }),
    caption,
  );
}

/** How to cite it: a sentence, BibTeX, and CFF as tools read it. */
export function citing({ citation, bibtex, cff, licence }: Release): HTMLElement {
  const folded = (name: string, text: string) =>
    el("details", { class: "fold" }, el("summary", {}, name), code(text, name));
  return section(
    "cite",
    "Cite",
    code(citation, "the citation"),
    bibtex !== "" && folded("BibTeX", bibtex),
    cff !== "" && folded("CITATION.cff", cff),
    licence !== "" && el("p", { class: "small soft" }, `Licence: ${licence}`),
  );
}
