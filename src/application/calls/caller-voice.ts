import type { StimulusBody } from '../../domain/conversation/stimulus.js';
import type { MediaEvent } from '../ports/media-leg.js';

/** What the audio tells of the caller's voice, as the conversation takes it; null when it tells of something else. */
export function voiceIn(event: MediaEvent): StimulusBody | null {
  switch (event.type) {
    case 'speech-started': return { type: 'caller-started', onsetAtMs: event.onsetAtMs };
    case 'speech-sustained': return { type: 'caller-sustained', onsetAtMs: event.onsetAtMs };
    case 'speech-ended': return { type: 'caller-paused', lastVoicedAtMs: event.lastVoicedAtMs };
    case 'media-lost': case 'media-started': case 'playout-started': case 'playout-drained': return null;
  }
}
