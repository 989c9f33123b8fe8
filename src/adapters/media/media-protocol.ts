import type { MediaEvent, VoiceDetection } from '../../application/ports/media-leg.js';
import type { RtpCodecName } from './rtp-leg.js';

/** Batched system calls (recvmmsg, sendmmsg) or Node's dgram. */
export type MediaIo = 'batched' | 'dgram';

/** What the media thread is started with. */
export interface MediaThreadInput {
  readonly memory: SharedArrayBuffer;
  readonly maxLegs: number;
  readonly bindAddress: number;
  readonly port: number;
  readonly io: 'auto' | MediaIo;
  readonly receiveBufferBytes: number;
  readonly raisePriority: boolean;
  readonly rehearse: boolean;
}

/** A slot is used again and again; the generation tells one leg in it from the next. */
export interface LegReference {
  readonly slot: number;
  readonly generation: number;
}

/** Main thread → media thread. Audio, clear and duck go through shared memory, not here. */
export type MediaCommand =
  | (LegReference & {
    readonly type: 'open';
    readonly codec: RtpCodecName;
    readonly voiceDetection: VoiceDetection;
    readonly mediaTimeoutMs: number;
  })
  | (LegReference & { readonly type: 'pin'; readonly address: number; readonly port: number })
  | (LegReference & { readonly type: 'close' })
  | { readonly type: 'stop' };

/** Media thread → main thread. */
export type MediaReport =
  | {
    readonly type: 'ready';
    readonly io: MediaIo;
    readonly localPort: number;
    readonly receiveBufferBytes: number;
    readonly raisedPriority: boolean;
    /** Why `auto` did not become `batched`; empty otherwise. */
    readonly fallbackReason: string;
  }
  | { readonly type: 'failed'; readonly reason: 'bind' | 'io'; readonly message: string }
  | (LegReference & { readonly type: 'event'; readonly event: MediaEvent })
  | (LegReference & { readonly type: 'closed' })
  /** A leg's own code threw: a bug. That leg is dead, the others go on. */
  | (LegReference & { readonly type: 'fault'; readonly message: string })
  | { readonly type: 'stopped' };
