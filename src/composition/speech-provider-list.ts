/* Providers of the network, by name. None loads its SDK before it is used. A new one is one line here. */
export { assemblyai } from '../adapters/speech/assemblyai/provider.js';
export { aws } from '../adapters/speech/aws/provider.js';
export { azure } from '../adapters/speech/azure/provider.js';
export { deepgram } from '../adapters/speech/deepgram/provider.js';
export { elevenlabs } from '../adapters/speech/elevenlabs/provider.js';
export { google } from '../adapters/speech/google/provider.js';
export { openai } from '../adapters/speech/openai/provider.js';
export { onprem } from '../adapters/speech/onprem/provider.js';
export { sherpa } from '../adapters/speech/sherpa/provider.js';
