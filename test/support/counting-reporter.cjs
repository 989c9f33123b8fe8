/**
 * Mocha's spec reporter, live, closed by lines that a machine can read: one
 * `failed: …` for each failure, then `N passed, N failed, N skipped`. Pending
 * tests count as skipped. A hook that fails counts as a failure.
 */
const { reporters } = require('mocha');

/** Of what a failure says, on its one line. */
const CHARS_MAX = 200;

module.exports = class CountingReporter extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes = 0, failures = 0, pending = 0 } = this.stats;
    for (const { title, parent, err } of this.failures) {
      console.log(`failed: ${parent?.fullTitle() ?? ''} ${title}: ${String(err?.message).split('\n', 1)[0].slice(0, CHARS_MAX)}`);
    }
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
};
