import type { HandoverTarget } from '../conversation/stimulus.js';
import type { TurnPolicy } from '../conversation/turn-policy.js';
import type { RecordingPolicy } from '../recording/recording-policy.js';
import type { AgentId } from '../shared/ids.js';

/** Names of providers in order of preference; composition knows what they mean. */
export interface SpeechSettings {
  readonly sttProviders: readonly string[];
  readonly ttsProviders: readonly string[];
  /** Who says when the caller speaks; `local`: the media leg. */
  readonly vadProvider: string;
  readonly voice: string;
  /** Voices of the providers after the first, by provider. */
  readonly backupVoices: Readonly<Record<string, string>>;
  /** JSGF grammar text for recognisers that take one; null: the generic model. */
  readonly grammar: string | null;
  /** Words worth expecting, for recognisers that can be biased. */
  readonly phrases: readonly string[];
}

/** What is said when a stage fails or the caller is silent. Each is synthesised once per voice, at start. */
export interface Prompts {
  readonly greeting: string;
  /** One per attempt, in order; the last is repeated. */
  readonly silence: readonly string[];
  /** Voice was heard but no words. */
  readonly notUnderstood: readonly string[];
  /** The agent is slow: the first thing said about it in a turn. */
  readonly oneMoment: string;
  /** It is slower still: said again and again until it answers or is given up. */
  readonly stillWorking: string;
  /** Another gateway goes on with a call whose own has died. */
  readonly resumed: string;
  /** The agent failed: said instead of a reply. */
  readonly agentFailed: string;
  /** We can no longer hear or speak properly and hand the caller over or let them go. */
  readonly handingOver: string;
  readonly transferFailed: string;
  /** A person has taken the call: said before the two are brought together. */
  readonly connected: string;
  /** First words to the person who is asked to take the call; `{tenant}` is the tenant's name. The briefing follows. */
  readonly consultation: string;
  /** Which key takes the call (1) and which declines it (2). */
  readonly consultationChoice: string;
  readonly goodbye: string;
}

/** Where a caller goes when we cannot help; null: goodbye and hang up. */
export type FallbackTarget = HandoverTarget | null;

/** Card data (PCI DSS). */
export interface CardSettings {
  /** This agent alone is given what callers say and type with card numbers in it; all records stay masked. */
  readonly agentSeesCard: boolean;
  /** Payment tool that digits typed in secure mode are handed to; null: there is none, and no secure mode. */
  readonly vaultUrl: string | null;
}

/** Nobody sees cards, and nothing takes them. */
export const NO_CARDS: CardSettings = { agentSeesCard: false, vaultUrl: null };

/** How one agent of a tenant listens, speaks and takes turns. */
export interface AgentProfile {
  readonly id: AgentId;
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  readonly speech: SpeechSettings;
  readonly prompts: Prompts;
  /** Named person or queue for "escalate", and the fallback when stages fail. */
  readonly fallback: FallbackTarget;
  /** Dialplan context that `transfer` to an extension or a queue may enter. */
  readonly transferContext: string;
  /**
   * How the numbers begin that `transfer` may dial, written as they are dialled. Empty: none. What is premium or unknown to the numbering
   * plan must stand here whole. The fallback needs no leave.
   */
  readonly transferNumbers: readonly string[];
  readonly turnPolicy: TurnPolicy;
  readonly recording: RecordingPolicy;
  readonly pci: CardSettings;
}

/** First words to a person who is asked to take a call of this tenant. */
export function consultationWords({ consultation }: Prompts, tenantName: string): string {
  return consultation.replaceAll('{tenant}', tenantName);
}
