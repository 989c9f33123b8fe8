/**
 * Whether a path of the build context is kept from the builder, by the rules of .dockerignore: patterns in order, the last
 * that fits decides, `!` lets in again, and what fits a directory fits all below it.
 */
export function dockerignore(text: string): (path: string) => boolean {
  const rules = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const letsIn = line.startsWith('!');
    return { letsIn, form: patternForm((letsIn ? line.slice(1) : line).replace(/^\/|\/$/gu, '')) };
  });
  return (path) => {
    const parts = path.split('/');
    const paths = parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
    return rules.reduce((ignored, { letsIn, form }) => (paths.some((candidate) => form.test(candidate)) ? !letsIn : ignored), false);
  };
}

/** `**` is any number of directories, `*` anything within one, `?` one character. */
export function patternForm(pattern: string): RegExp {
  const source = pattern.split(/(\*\*\/|\*\*|\*|\?)/u).map((piece) => {
    if (piece === '**/') return '(?:.*/)?';
    if (piece === '**') return '.*';
    if (piece === '*') return '[^/]*';
    return piece === '?' ? '[^/]' : piece.replace(/[.+^${}()|[\]\\]/gu, '\\$&');
  }).join('');
  return new RegExp(`^${source}$`, 'u');
}
