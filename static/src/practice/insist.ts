/** Asks again until there is an answer: for what must not be lost because the line is down for a moment. */
import { Problem } from "../lib/problem";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

export async function insist<T>(work: () => Promise<T>, waiting: (problem: Problem) => void): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const problem = Problem.of(error);
      const passes = problem.status === 0 || problem.status >= 500 || problem.status === 429;
      if (!passes) throw problem;
      waiting(problem);
      const grown = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
      await new Promise((done) => setTimeout(done, grown * (0.75 + Math.random() / 4)));
    }
  }
}
