/** Faculty ask the owner of a case whether it may be practised; the answer may be changed by asking again. */
import { api } from "./api";
import { el } from "./dom";
import { Problem } from "./problem";
import { toast } from "./toast";
import type { Question } from "./types";

/** Sends the owner's answer; gives whether it was taken. */
export async function answer(set: string, caseId: string, agreed: boolean): Promise<boolean> {
  try {
    await api("POST", `/api/v1/sets/${set}/cases/${caseId}/agree/`, { agreed });
    toast(agreed ? "It may be practised." : "It is not practised.");
    return true;
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    return false;
  }
}

/** One question with its two answers, or the answer and a way to change it. `answered` is called when one was taken. */
export function questionBox(caseId: string, question: Question, answered: () => void): HTMLElement {
  const { set, name, asked_by, agreed } = question;
  const button = (words: string, answers: boolean, main = false) => {
    const made = el("button", { class: main ? "button tiny main" : "button tiny", type: "button" }, words);
    made.addEventListener("click", async () => {
      if (await answer(set, caseId, answers)) answered();
    });
    return made;
  };
  if (agreed !== null) {
    const said = `You said ${agreed ? "yes" : "no"} to the practice set “${name}”.`;
    const change = agreed ? button("Take it back", false) : button("Say yes after all", true);
    return el("div", { class: "row small soft" }, el("span", { class: "grow" }, said), change);
  }
  return el(
    "div",
    { class: "notice small" },
    el("strong", {}, "May residents practise on this film?"),
    el(
      "p",
      {},
      `${asked_by?.name ?? "Faculty"} would like it in the practice set “${name}”. Residents see the film without its title; after their attempt they see the case with its report.`,
    ),
    el("div", { class: "row" }, button("Yes", true, true), button("No", false)),
  );
}
