// A reporter that leaves the counts for the last line of `make test` ("passed failed") in E2E_COUNTS_FILE.
import type { FullResult, Reporter, Suite } from "@playwright/test/reporter";
import { writeFileSync } from "node:fs";

export default class Counts implements Reporter {
  private suite: Suite | undefined;

  onBegin(_config: unknown, suite: Suite): void {
    this.suite = suite;
  }

  onEnd(_result: FullResult): void {
    const file = process.env.E2E_COUNTS_FILE;
    const tests = this.suite?.allTests() ?? [];
    if (!file) return;
    const passed = tests.filter((test) => test.results.length > 0 && test.outcome() !== "skipped" && test.ok()).length;
    const failed = tests.filter((test) => test.results.length > 0 && !test.ok()).length;
    writeFileSync(file, `${passed} ${failed}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
