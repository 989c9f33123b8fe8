/** Types of prometheus.mjs for TypeScript callers. */
export function findPrometheus(env?: NodeJS.ProcessEnv): Promise<{ readonly prometheus: string; readonly promtool: string } | undefined>;
export function unpackPrometheus(): Promise<void>;
