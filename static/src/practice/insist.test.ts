import { expect, test, vi } from "vitest";
import { Problem } from "../lib/problem";
import { insist } from "./insist";

const no = (status: number) => new Problem({ title: "No.", status });

test("it asks again while the line or the server is down, and gives the answer", async () => {
  vi.useFakeTimers();
  const answers = [no(0), no(503), no(429), "yes"];
  const told: number[] = [];
  const work = async () => {
    const answer = answers.shift();
    if (answer instanceof Problem) throw answer;
    return answer;
  };
  const asked = insist(work, ({ status }) => told.push(status));
  await vi.advanceTimersByTimeAsync(10_000);
  expect([await asked, told]).toEqual(["yes", [0, 503, 429]]);
  vi.useRealTimers();
});

test("a refusal is final", async () => {
  const told = vi.fn();
  const refuse = async () => {
    throw no(409);
  };
  await expect(insist(refuse, told)).rejects.toMatchObject({ status: 409 });
  expect(told).not.toHaveBeenCalled();
});
