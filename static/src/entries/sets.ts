/** The list of practice sets: make one, open it, close it. */
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { LiveList } from "../parts/livelist";
import { mayOpen } from "../sets/words";

const host = must<HTMLElement>("#sets");
const list = new LiveList(host);
const form = must<HTMLFormElement>("[data-new-set]");
const name = must<HTMLInputElement>("#name", form);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const made = await api<{ id: string }>("POST", "/api/v1/sets/", { name: name.value });
    location.assign(`/sets/${made.id}/`);
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
});

host.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-verb]") : null;
  const id = button?.closest<HTMLElement>("[data-set]")?.dataset.set;
  const verb = button?.dataset.verb;
  if (!button || !id || !verb || !(await mayOpen(verb))) return;
  button.disabled = true;
  try {
    await api("POST", `/api/v1/sets/${id}/${verb}/`, {});
    toast(verb === "open" ? "Open: residents are given its cases." : "Closed.");
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
  button.disabled = false;
  list.refresh();
});

addKeys({ keys: ["a"], group: "Practice sets", what: "A new set", run: () => name.focus() });
