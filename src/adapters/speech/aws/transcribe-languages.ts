import type { LanguageCode } from '@aws-sdk/client-transcribe-streaming';
import { PortError } from '../../../application/ports/port-error.js';

/** Codes of docs.aws.amazon.com/transcribe, "Supported languages", streaming. The first of a language stands for it when no region is asked for. */
const CODES: readonly LanguageCode[] = [
  'en-US', 'en-GB', 'en-AU', 'en-IN', 'en-IE', 'en-AB', 'en-WL', 'en-ZA', 'en-NZ', 'es-US', 'es-ES', 'fr-FR', 'fr-CA', 'de-DE', 'de-CH', 'it-IT', 'pt-BR', 'pt-PT',
  'ja-JP', 'ko-KR', 'zh-CN', 'zh-HK', 'zh-TW', 'hi-IN', 'th-TH', 'ar-SA', 'ar-AE', 'nl-NL', 'pl-PL', 'ru-RU', 'sv-SE', 'tr-TR', 'uk-UA', 'vi-VN', 'id-ID', 'cs-CZ', 'da-DK',
  'el-GR', 'fi-FI', 'he-IL', 'hr-HR', 'lv-LV', 'no-NO', 'ro-RO', 'sk-SK', 'so-SO', 'sr-RS', 'tl-PH', 'zu-ZA', 'af-ZA', 'ca-ES', 'eu-ES', 'fa-IR', 'gl-ES', 'ms-MY',
];

/** @throws PortError `speech-to-text/unsupported-language`. */
export function languageCode(language: string): LanguageCode {
  const wanted = language.toLowerCase();
  const [primary = ''] = wanted.split('-');
  const code = CODES.find((each) => each.toLowerCase() === wanted) ?? CODES.find((each) => each.startsWith(`${primary}-`));
  if (code !== undefined) return code;
  throw new PortError(`aws does not recognise ${language}`, { code: 'speech-to-text/unsupported-language', kind: 'rejected' });
}
