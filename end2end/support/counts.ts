// A reporter that leaves for the end of `make test` the counts ("passed failed", in E2E_COUNTS_FILE) and, for each failed test,
// its name and the beginning of what went wrong (in E2E_FAILURES_FILE).
import type { FullResult, Reporter, Suite, TestCase } from "@playwright/test/reporter";
import { stripVTControlCharacters } from "node:util";
import { writeFileSync } from "node:fs";

const LINES_OF_AN_ERROR = 12;

export default class Counts implements Reporter {
  private suite: Suite | undefined;

  onBegin(_config: unknown, suite: Suite): void {
    this.suite = suite;
  }

  onEnd(_result: FullResult): void {
    const ran = (this.suite?.allTests() ?? []).filter((test) => test.results.length > 0);
    const failed = ran.filter((test) => !test.ok());
    const passed = ran.filter((test) => test.ok() && test.outcome() !== "skipped");
    write(process.env.E2E_COUNTS_FILE, `${passed.length} ${failed.length}\n`);
    write(process.env.E2E_FAILURES_FILE, failed.map(failure).join(""));
  }

  printsToStdio(): boolean {
    return false;
  }
}

function failure(test: TestCase): string {
  const message = stripVTControlCharacters(test.results.at(-1)?.error?.message ?? "no reason was given");
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  return [test.titlePath().filter(Boolean).join(" › "), ...lines.slice(0, LINES_OF_AN_ERROR).map((line) => `    ${line}`)].join("\n") + "\n";
}

function write(file: string | undefined, text: string): void {
  if (file) writeFileSync(file, text);
}
