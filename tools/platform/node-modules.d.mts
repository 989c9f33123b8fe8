/** Types of node-modules.mjs for TypeScript callers. */
export function nodeModulesCurrent(root: string): Promise<boolean>;
export function installNodeModules(root: string): Promise<void>;
