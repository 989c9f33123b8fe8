import { expect } from 'chai';
import { AudioScratch } from '../../../src/adapters/media/audio-scratch.js';
import { LegMemory, mediaMemoryBytes, SENT_TRACK } from '../../../src/adapters/media/leg-memory.js';
import { RtpLegHandle } from '../../../src/adapters/media/rtp-leg-handle.js';
import { TimelineWriter } from '../../../src/domain/audio/timeline-ring.js';

describe('RtpLegHandle', () => {
  it('gives a recorder nothing of what an earlier call in the same memory has said', () => {
    const memory = new LegMemory(new SharedArrayBuffer(mediaMemoryBytes(1)), 0);
    memory.timeline.tracks[SENT_TRACK]!.fill(9999); // somebody else's words
    const owner = { pin: () => undefined, release: () => Promise.resolve(), fault: (error: unknown) => { throw error; } };
    const handle = new RtpLegHandle(0, 1, 8000, { memory, owner });
    const sent: number[] = [];
    handle.onPlayed((samples) => { sent.push(...samples); });
    new TimelineWriter(memory.timeline).advance(5 * 160); // the media thread has not yet seen that somebody records
    handle.pump(new AudioScratch(8000));
    expect(sent).to.have.lengthOf(5 * 160);
    expect(new Set(sent)).to.deep.equal(new Set([0]));
  });
});
