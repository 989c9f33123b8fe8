import { expect } from 'chai';
import type { FileLook } from '../../../src/adapters/history/history-files.js';
import { linesOf } from '../../../src/adapters/history/history-line.js';
import { StoryCache } from '../../../src/adapters/history/story-cache.js';
import { aHistoryStep, aSummary } from '../../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

describe('StoryCache', () => {
  const MEBIBYTE = 1024 * 1024;
  const calls = Array.from({ length: 20 }, (_, at) => aSummary(at));
  const known = (stories: StoryCache, sizeBytes: number): readonly number[] => calls.flatMap(({ tenantId, callId }, at) => (stories.get(tenantId, callId, { file: 'one', sizeBytes }) === null ? [] : [at]));

  it('keeps those looked at last, as many as there is room for', () => {
    const stories = new StoryCache();
    for (const call of calls.slice(0, 8)) stories.put(call.tenantId, call.callId, { file: 'one', sizeBytes: MEBIBYTE, content: { call, events: [] } });
    const [first, , , , , , , , ninth] = calls;
    stories.get(first!.tenantId, first!.callId, { file: 'one', sizeBytes: MEBIBYTE });
    stories.put(ninth!.tenantId, ninth!.callId, { file: 'one', sizeBytes: MEBIBYTE, content: { call: ninth!, events: [] } });
    expect(known(stories, MEBIBYTE)).to.deep.equal([0, 2, 3, 4, 5, 6, 7, 8]);
    stories.forget(first!.tenantId, first!.callId);
    stories.put(first!.tenantId, first!.callId, { file: 'one', sizeBytes: MEBIBYTE, content: { call: first!, events: [] } });
    expect(known(stories, MEBIBYTE), 'what is forgotten makes room').to.deep.equal([0, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('keeps nothing that is larger than all its room', () => {
    const stories = new StoryCache();
    const [call] = calls;
    stories.put(call!.tenantId, call!.callId, { file: 'one', sizeBytes: 9 * MEBIBYTE, content: { call: call!, events: [] } });
    expect(known(stories, 9 * MEBIBYTE)).to.deep.equal([]);
  });

  it('knows a file by its size, and grows with it', () => {
    const stories = new StoryCache();
    const [call] = calls;
    const { tenantId, callId, events } = aHistoryStep(call!, [EVERY_EVENT['call.started'], EVERY_EVENT['call.answered']]);
    const [begin, more] = [linesOf(call!, events.slice(0, 1)), linesOf(null, events.slice(1))];
    const look = (text: string): FileLook => ({ file: 'one', sizeBytes: Buffer.byteLength(text) });
    stories.added(tenantId, callId, more);
    expect(stories.get(tenantId, callId, look(more)), 'of what was never read').to.equal(null);
    stories.put(tenantId, callId, { file: 'one', sizeBytes: Buffer.byteLength(begin), content: { call: call!, events: events.slice(0, 1) } });
    stories.added(tenantId, callId, more);
    expect(stories.get(tenantId, callId, look(begin))).to.equal(null);
    expect(stories.get(tenantId, callId, look(begin + more))).to.deep.equal({ call, events });
    expect(stories.get(tenantId, callId, { ...look(begin + more), file: 'another' }), 'of a file that took its place').to.equal(null);
  });
});
