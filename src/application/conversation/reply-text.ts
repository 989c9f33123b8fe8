import { SentenceSplitter } from '../../domain/conversation/sentence-splitter.js';
import type { Cancel, Clock } from '../ports/clock.js';

/** The agent paused after what looks like the end of a sentence (it may be running a tool): the sentence is said now. */
const SENTENCE_PAUSE_MS = 250;
/** It paused in mid sentence: half a sentence now is better than dead air. */
const PAUSE_MS = 1000;

const SENTENCE_END = /[.!?…。！？]["'”’»)\]]*\s*$/u;

/** Text of a reply as it arrives, cut into speakable pieces; what the splitter holds back is given out when the agent pauses. */
export class ReplyText {
  private readonly splitter = new SentenceSplitter();
  private stopWaiting: Cancel = () => undefined;

  constructor(private readonly clock: Clock, private readonly say: (pieces: readonly string[]) => void) {}

  push(delta: string): void {
    this.stopWaiting();
    this.say(this.splitter.push(delta));
    this.stopWaiting = this.clock.after(SENTENCE_END.test(delta) ? SENTENCE_PAUSE_MS : PAUSE_MS, () => { this.flush(); });
  }

  /** Gives out what is left. */
  flush(): void {
    this.stopWaiting();
    this.say(this.splitter.flush());
  }

  /** Drops what is left. */
  drop(): void {
    this.stopWaiting();
  }
}
