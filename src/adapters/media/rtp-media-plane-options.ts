import type { MediaIo } from './media-protocol.js';

export interface RtpMediaPlaneOptions {
  /** IPv4 address to listen on, for example 0.0.0.0. */
  readonly bindHost: string;
  /** 0 takes any free port; read it from `localPort`. */
  readonly port: number;
  /** `auto`: batched system calls where koffi and Linux allow, else Node's dgram. */
  readonly io: 'auto' | MediaIo;
  readonly maxLegs: number;
  /** The module that runs the media thread: composition's `media-worker.js`, which wires the voice classifier in. */
  readonly workerModule: URL;
  /** How often caller audio is handed to the listeners. Default 20. */
  readonly pumpIntervalMs?: number;
  /** Receive buffer asked of the kernel. Default 4 MiB, about 200 ms of 1000 legs. */
  readonly receiveBufferBytes?: number;
  /** Run the media thread above normal priority where that is permitted. Default true; the statistics say what became of it. */
  readonly raisePriority?: boolean;
  /** Compile the signal path by made-up calls before the first real one, about 0.2 s of CPU. Default true. */
  readonly rehearse?: boolean;
  /** A listener's or a leg's own code threw: a bug to be logged. The other legs go on. */
  readonly onFault?: (error: unknown) => void;
}

export interface RtpMediaPlaneStatistics {
  readonly io: MediaIo;
  readonly legsOpen: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /**
   * Packets dropped, by reason: from nobody's peer, not RTP, a payload type that is not the leg's, from a call that has ended,
   * our own sent back, refused by the kernel, and lost in the kernel because the receive buffer was full (batched only).
   */
  readonly dropped: Readonly<Record<'foreign' | 'malformed' | 'payload-type' | 'quarantined' | 'looped' | 'send' | 'kernel', number>>;
  /** Phases of the tick that began more than 5 ms late. */
  readonly lateTicks: number;
  readonly tickLatenessMaxMs: number;
  /** Of all legs there have been. */
  readonly underruns: number;
  /** Legs ended by a bug in their signal path. */
  readonly legFaults: number;
  /** Bytes of receive buffer the kernel granted, and asked for. */
  readonly receiveBufferBytes: number;
  readonly receiveBufferBytesAsked: number;
  /** True when the media thread runs above normal priority. */
  readonly raisedPriority: boolean;
}
