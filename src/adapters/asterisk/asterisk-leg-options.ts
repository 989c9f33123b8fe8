import type { LegId } from '../../domain/shared/ids.js';

export interface AsteriskLegOptions {
  readonly id: LegId;
  readonly channelId: string;
  /** What the names of its objects in Asterisk are made of; differs each time the same channel comes to us. */
  readonly objectKey: string;
  readonly direction: 'incoming' | 'outgoing';
  /** Number shown to whoever this leg is transferred to; empty for none. */
  readonly callerNumber: string;
  /** After the leg has ended and everything of it is gone. */
  readonly onReleased: () => void;
}
