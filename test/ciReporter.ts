import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/**
 * With CI=true a test that did not run is a failure, whatever skipped it, and the last line says how many passed
 * and failed. Without it this reporter is silent.
 */
export default class CiReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    if (process.env.CI !== "true") return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const failedTests = tests.filter((test) => test.result().state === "failed").length;
    const notRun = tests.filter((test) => !["passed", "failed"].includes(test.result().state));
    // A file that cannot be loaded, a failure outside all tests and a set-up that failed have no test to count.
    const failedFiles = modules.filter((module) => module.errors().length > 0).length;
    const counted = failedTests + failedFiles + unhandled.length;
    const failed = reason === "passed" ? counted : Math.max(counted, 1);
    for (const test of notRun) {
      process.stdout.write(`not run: ${test.module.relativeModuleId} > ${test.fullName}\n`);
    }
    if (notRun.length > 0) process.stdout.write("With CI=true a test that is skipped is a failure.\n");
    if (notRun.length > 0 || failed > 0 || passed === 0) process.exitCode = 1;
    const skipped = notRun.length > 0 ? `, ${notRun.length} skipped` : "";
    process.stdout.write(`${passed} passed, ${failed} failed${skipped}\n`);
  }
}
