/**
 * Mocha's spec reporter, live, closed by one line that a machine can read:
 * `N passed, N failed, N skipped`. Pending tests count as skipped. A hook that
 * fails counts as a failure.
 */
const { reporters } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes = 0, failures = 0, pending = 0 } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
};
