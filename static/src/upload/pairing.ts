/** Text files are reports of the films with the same name; file names stay on this page and in quarantine. */
export interface Pairing {
  films: File[];
  reports: Map<string, File>; // by stem
}

export const stem = (name: string): string => name.replace(/\.[^.]*$/, "").toLowerCase();

const isText = (file: File): boolean => file.type === "text/plain" || /\.txt$/i.test(file.name);

export function pair(files: Iterable<File>): Pairing {
  const films: File[] = [];
  const reports = new Map<string, File>();
  for (const file of files) {
    if (isText(file)) reports.set(stem(file.name), file);
    else films.push(file);
  }
  return { films, reports };
}
