/** The name of the model version behind something that was predicted, leading to its page. */
import { el } from "./dom";

/** A version that nothing is known of here (`simulated` is null) has no page, and stands as words. */
export function modelLink({
  name,
  sha256,
  simulated,
}: {
  name: string;
  sha256: string;
  simulated: boolean | null;
}): Node {
  const title = `sha256 ${sha256}`;
  return simulated === null ? el("span", { title }, name) : el("a", { href: `/models/${sha256}/`, title }, name);
}
