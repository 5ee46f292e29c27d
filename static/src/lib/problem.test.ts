import { expect, test } from "vitest";
import { Problem, problemOf } from "./problem";

const answer = (status: number, body: string, type = "application/problem+json"): Response =>
  new Response(body, { status, headers: { "Content-Type": type } });

test("a refusal of the server keeps its words, its type and the answer's status", async () => {
  const problem = await problemOf(answer(409, '{"type": "busy", "title": "Busy.", "detail": "Wait.", "status": 500}'));
  expect(problem.words).toBe("Busy. Wait.");
  expect(problem.data.type).toBe("busy");
  expect(problem.status).toBe(409);
});

test("a title alone stands alone", () => {
  expect(new Problem({ title: "Busy.", detail: "" }).words).toBe("Busy.");
});

test.each([
  [401, "You are signed out. Sign in again."],
  [413, "That is too large."],
  [502, "The server answered 502."],
])("what a proxy wrote with %i is said in our words", async (status, words) => {
  expect((await problemOf(answer(status, "<h1>nginx</h1>", "text/html"))).words).toBe(words);
});

test("JSON that is cut off is no reason to fail", async () => {
  expect((await problemOf(answer(404, '{"title": "No'))).words).toBe("This is not here, or not for you.");
});

test("a form's errors are listed by field, unless a detail says it", async () => {
  const errors = { title: ["Too long.", "Again."], note: "Bad." };
  const problem = await problemOf(answer(400, JSON.stringify({ title: "Wrong.", errors })));
  expect(problem.words).toBe("Wrong. title: Too long. Again.; note: Bad.");
  const said = await problemOf(answer(400, JSON.stringify({ title: "Wrong.", detail: "See.", errors })));
  expect(said.words).toBe("Wrong. See.");
});

test("anything thrown becomes a problem; one that is one stays itself, and no answer is status 0", () => {
  const problem = new Problem({ title: "Busy." });
  expect(Problem.of(problem)).toBe(problem);
  expect(Problem.of(new Error("lost")).words).toBe("lost");
  expect(Problem.of("lost").words).toBe("lost");
  expect(Problem.of("lost").status).toBe(0);
});
