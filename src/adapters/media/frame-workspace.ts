import { samplesInMs, samplesPerFrame, type SampleRateHz } from '../../domain/audio/frame.js';
import { PACKET_MS_MAX } from '../../domain/audio/jitter-buffer.js';

/**
 * Memory that a leg needs only while it is being worked on. All legs of a rate use the same: a thousand legs with frames of their
 * own would find them out of the cache at every tick. Whoever takes a part writes all of it before reading.
 */
export class FrameWorkspace {
  /** A packet's samples, up to 60 ms. */
  readonly decoded: Int16Array;
  readonly callerFrame: Int16Array;
  readonly agentFrame: Int16Array;
  /** Never written. */
  readonly silence: Int16Array;

  constructor(readonly sampleRateHz: SampleRateHz) {
    this.decoded = new Int16Array(samplesInMs(PACKET_MS_MAX, sampleRateHz));
    this.callerFrame = new Int16Array(samplesPerFrame(sampleRateHz));
    this.agentFrame = new Int16Array(this.callerFrame.length);
    this.silence = new Int16Array(this.callerFrame.length);
  }
}
