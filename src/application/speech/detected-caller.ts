import type { Cancel } from '../ports/clock.js';
import type { CallerSide, MediaEvent, VoiceDetection } from '../ports/media-leg.js';
import type { FallbackPorts } from './rung.js';
import { type DetectorRung, VoiceActivityFeed } from './voice-activity-feed.js';
import { type SpeechEvent, VoiceActivitySwitch } from './voice-activity-switch.js';

interface DetectedCallerOptions extends FallbackPorts {
  readonly rung: DetectorRung;
  /** That of the leg. */
  readonly voiceDetection: VoiceDetection;
}

/**
 * The caller's side of a leg whose speech another detector tells. As long as somebody listens to the audio it is given to the detector too; the
 * leg's own goes on and tells whenever the other cannot.
 */
export class DetectedCaller implements CallerSide {
  private readonly voice: VoiceActivitySwitch;
  private readonly listeners = new Set<(event: MediaEvent) => void>();
  private stopLeg: Cancel = () => undefined;

  constructor(private readonly leg: CallerSide, private readonly options: DetectedCallerOptions) {
    this.voice = new VoiceActivitySwitch(options.voiceDetection, (event) => { this.tell(event); });
  }

  get sampleRateHz(): CallerSide['sampleRateHz'] {
    return this.leg.sampleRateHz;
  }

  onAudio(listener: Parameters<CallerSide['onAudio']>[0]): Cancel {
    const feed = new VoiceActivityFeed({ ...this.options, voice: this.voice, sampleRateHz: this.leg.sampleRateHz });
    feed.open();
    const stop = this.leg.onAudio((samples, position, atMs) => {
      listener(samples, position, atMs); // first: an utterance that begins with what the detector says of it must have it
      feed.write(samples, atMs);
    });
    return () => {
      stop();
      feed.close();
    };
  }

  onEvent(listener: (event: MediaEvent) => void): Cancel {
    if (this.listeners.size === 0) this.stopLeg = this.leg.onEvent((event) => { if (isSpeech(event)) this.voice.fromLeg(event); else this.tell(event); });
    this.listeners.add(listener);
    return () => {
      if (this.listeners.delete(listener) && this.listeners.size === 0) this.stopLeg();
    };
  }

  private tell(event: MediaEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}

function isSpeech(event: MediaEvent): event is SpeechEvent {
  return event.type === 'speech-started' || event.type === 'speech-sustained' || event.type === 'speech-ended';
}
