import type { Cancel } from '../../application/ports/clock.js';
import type { MediaLeg, TracksListener, VoiceDetection } from '../../application/ports/media-leg.js';

/** PCMU (PT 0), PCMA (PT 8), or big-endian linear PCM at 16 kHz as Asterisk's slin16 (PT 118). */
export type RtpCodecName = 'ulaw' | 'alaw' | 'slin16';

export interface RtpLegOptions {
  readonly codec: RtpCodecName;
  readonly voiceDetection: VoiceDetection;
  /** `media-lost` is emitted when nothing arrived from the pinned peer for so long. */
  readonly mediaTimeoutMs: number;
  /** For diagnostics only; never personal data. */
  readonly label: string;
}

/** What a recorder takes: agent frames as sent, silence included, at the same sample positions as `onAudio`. */
export type PlayedListener = (samples: Int16Array, position: number, atMs: number) => void;

/** One call's audio over the plane's UDP port. */
export interface RtpLeg extends MediaLeg {
  /**
   * Names the only source this leg accepts and sends to: an IPv4 literal and a port, as given by Asterisk in
   * UNICASTRTP_LOCAL_ADDRESS and UNICASTRTP_LOCAL_PORT. Before it nothing is sent or accepted, and agent audio waits.
   * Pinning again moves the leg to the new peer.
   *
   * @throws PortError `media/peer-address` (not an IPv4 literal or port), `media/peer-in-use` (another open leg has it).
   */
  pinPeer(host: string, port: number): void;
  /**
   * Registers the one consumer of what was sent to the caller: gain applied, silence where nothing was said. Position and
   * time run with `onAudio`: equal positions are the same 20 ms tick, so both sides of a recording stay in sync.
   * `samples` is valid during the call only.
   */
  onPlayed(listener: PlayedListener): Cancel;
  onTracks(listener: TracksListener): Cancel;
}
