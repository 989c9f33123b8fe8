import { PortError } from '../../../application/ports/port-error.js';

/** @throws PortError `speech-to-text/unsupported-language` when the primary language (BCP 47) is none of `primary`. */
export function assertLanguage(language: string, primary: readonly string[], provider: string): void {
  if (primary.includes(language.split('-')[0]?.toLowerCase() ?? '')) return;
  throw new PortError(`${provider} does not recognise ${language}`, { code: 'speech-to-text/unsupported-language', kind: 'rejected' });
}
