/** First release of each branch whose ExternalMedia over RTP sends slin16 when asked; before, it silently sends µ-law (asterisk/asterisk#394). */
const SLIN16_FROM: ReadonlyMap<number, number> = new Map([[18, 21], [20, 6], [21, 1]]);
const LAST_BRANCH_WITHOUT = 21;

/** @param version as GET /asterisk/info says: `22.10.1+dfsg…`, `certified-20.7-cert1`, `GIT-master-…`. Unknown forms are taken for old. */
export function sendsSlin16(version: string): boolean {
  const match = /^(?:certified[-/])?(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major > LAST_BRANCH_WITHOUT) return true;
  const from = SLIN16_FROM.get(major);
  return from !== undefined && minor >= from;
}
