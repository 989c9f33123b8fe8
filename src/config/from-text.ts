import type { SettingKind } from './setting.js';

/**
 * What a text from the environment means for a setting of `kind`. Text that is not of the kind is returned as it is:
 * validation then says what was expected.
 */
export function fromText(kind: SettingKind, text: string): unknown {
  switch (kind) {
    case 'integer':
      return /^-?\d[\d_]*$/u.test(text.trim()) ? Number(text.replaceAll('_', '')) : text;
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
    case 'text': case 'choice': case 'secret': case 'path': case 'structure':
      return text;
    default:
      return unknownKind(kind);
  }
}

function unknownKind(kind: never): never {
  throw new Error(`unknown kind of setting: ${String(kind)}`);
}
