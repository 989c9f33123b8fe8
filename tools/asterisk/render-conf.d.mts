/** Types of render-conf.mjs for TypeScript callers. */
export function renderTemplate(text: string, values: Readonly<Record<string, string>>, name: string): string;
export function renderDirectory(fromDir: string, toDir: string, values: Readonly<Record<string, string>>): Promise<void>;
