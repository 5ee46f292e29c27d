/** Sends one eye tracker's file whole, under a neutral name: what it is called here may name somebody. */
import { csrf } from "../lib/api";
import { Problem, type ProblemData } from "../lib/problem";

export interface StartedImport {
  id: string;
  subject: string;
}

export function sendFile(
  file: File,
  progress: (share: number) => void,
): { done: Promise<StartedImport>; stop: () => void } {
  const request = new XMLHttpRequest(); // fetch tells nothing while it sends
  const done = new Promise<StartedImport>((resolve, reject) => {
    request.open("POST", "/api/v1/recordings/imports/");
    request.setRequestHeader("X-CSRFToken", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 1));
    request.addEventListener("load", () => {
      try {
        const answer = JSON.parse(request.responseText) as StartedImport & ProblemData;
        if (request.status === 202) resolve(answer);
        else reject(new Problem({ ...answer, status: request.status }));
      } catch {
        reject(new Problem({ title: `The server answered ${request.status}.`, detail: "Try again." }));
      }
    });
    const broken = { title: "The connection broke.", detail: "Nothing was kept; try again." };
    request.addEventListener("error", () => reject(new Problem(broken)));
    request.addEventListener("abort", () => reject(new Problem({ title: "Not sent." })));
    const form = new FormData();
    form.append("file", file, "gaze");
    request.send(form);
  });
  return { done, stop: () => request.abort() };
}
