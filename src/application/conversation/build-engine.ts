import type { Resumption } from '../../domain/conversation/conversation-state.js';
import type { Discretion } from '../../domain/privacy/discretion.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { AgentProfile } from '../../domain/tenant/agent-profile.js';
import type { Agent } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { DigitVault } from '../ports/digit-vault.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import type { SpeechToText } from '../ports/speech-to-text.js';
import type { SpeechUse } from '../../domain/call/speech-use.js';
import type { TextToSpeech } from '../ports/text-to-speech.js';
import type { DetectorRung } from '../speech/voice-activity-feed.js';
import { Engine, type EngineOutlet } from './engine.js';
import { Listener } from './listener.js';
import { Replier } from './replier.js';
import { SecureDigits } from './secure-digits.js';
import { Speaker } from './speaker.js';

/** What a conversation needs of the outside, chosen for its profile. */
export interface ConversationPorts {
  readonly clock: Clock;
  readonly agent: Agent;
  readonly speechToText: SpeechToText;
  readonly textToSpeech: TextToSpeech;
  /** Absent: the leg's own alone. */
  readonly voiceDetector?: DetectorRung;
  readonly vault: DigitVault;
  /** What the call has used of its speech providers so far. */
  readonly speechUses: () => readonly SpeechUse[];
}

export interface ConversationParts {
  readonly ports: ConversationPorts & { readonly ids: IdSource };
  readonly profile: AgentProfile;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly log: Logger;
  readonly outlet: EngineOutlet;
  /** Of the call. */
  readonly discretion: Discretion;
  /** Set for a conversation that another process has led until now. */
  readonly resumption: Resumption | null;
}

/** An engine with its ear, mouth and mind, set up as the agent profile says. */
export function buildEngine({ ports, profile, callId, tenantId, log, outlet, discretion, resumption }: ConversationParts): Engine {
  const { clock, agent, speechToText, textToSpeech } = ports;
  const { speech, language, turnPolicy } = profile;
  const secureDigits = new SecureDigits({ ...ports, vaultUrl: profile.pci.vaultUrl, callId, tenantId, log });
  return new Engine({
    profile, clock, outlet, discretion, resumption, secureDigits,
    organs: (post) => ({
      listener: new Listener({
        speechToText, clock, log, post,
        transcription: { language, phrases: speech.phrases, ...(speech.grammar === null ? {} : { grammar: speech.grammar }) },
      }),
      speaker: new Speaker({
        textToSpeech, voice: speech.voice, language, synthesisDeadlineMs: turnPolicy.synthesisDeadlineMs, clock, log, post,
      }),
      replier: new Replier({ agent, secureDigits, callId, clock, log, post }),
    }),
  });
}
