import type { Environment } from './environment.js';

/** The environment of this process; read here and nowhere else. */
export function processEnvironment(): Environment {
  return process.env;
}
