import { DEFAULT_TURN_POLICY, type TurnPolicy } from '../../../src/domain/conversation/turn-policy.js';
import { NO_RECORDING, type RecordingPolicy } from '../../../src/domain/recording/recording-policy.js';
import { agentId } from '../../../src/domain/shared/ids.js';
import { type AgentProfile, NO_CARDS, type Prompts, type SpeechSettings } from '../../../src/domain/tenant/agent-profile.js';

export interface ProfileDeviations extends Omit<Partial<AgentProfile>, 'speech' | 'prompts' | 'turnPolicy' | 'recording'> {
  readonly speech?: Partial<SpeechSettings>;
  readonly prompts?: Partial<Prompts>;
  readonly turnPolicy?: Partial<TurnPolicy>;
  readonly recording?: Partial<RecordingPolicy>;
}

/** A valid agent profile; name only what the test is about. */
export function aProfile(deviations: ProfileDeviations = {}): AgentProfile {
  return {
    id: agentId('card-delivery'),
    name: 'Card delivery',
    language: 'en-US',
    fallback: { kind: 'extension', extension: 'person' },
    transferContext: 'transfers',
    transferNumbers: ['+1555'],
    pci: NO_CARDS,
    ...deviations,
    speech: { sttProviders: ['local'], ttsProviders: ['local'], vadProvider: 'local', voice: 'rms', backupVoices: {}, grammar: null, phrases: [], ...deviations.speech },
    prompts: {
      greeting: 'Welcome to North Bank. How can I help you?',
      silence: ['I did not catch that.', 'Are you still there?', 'I still cannot hear you.'],
      notUnderstood: ['Sorry, could you say that again?', 'I am afraid I did not understand.'],
      oneMoment: 'One moment, please.',
      stillWorking: 'I am still on it.',
      resumed: 'Please go on.',
      agentFailed: 'Sorry, something went wrong on my side. Please say that again.',
      handingOver: 'I am connecting you with a colleague.',
      transferFailed: 'I could not reach anybody just now.',
      connected: 'You are through now.',
      consultation: 'A call for {tenant}.',
      consultationChoice: 'Press 1 to take the call, or 2 to decline.',
      goodbye: 'Goodbye.',
      ...deviations.prompts,
    },
    recording: { ...NO_RECORDING, ...deviations.recording },
    turnPolicy: { ...DEFAULT_TURN_POLICY, ...deviations.turnPolicy },
  };
}
