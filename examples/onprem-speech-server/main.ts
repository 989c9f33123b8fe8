import { parseArgs } from 'node:util';
import { loadFvadClassifiers } from '../../src/adapters/dsp/fvad-classifier.js';
import { LocalSpeechToText } from '../../src/adapters/speech/local/local-speech-to-text.js';
import { LocalTextToSpeech } from '../../src/adapters/speech/local/local-text-to-speech.js';
import type { Logger } from '../../src/application/ports/logger.js';
import { SpeechServer, type TlsFiles } from './server.js';

/* The process: options in, one line when ready, an end on SIGTERM or SIGINT. */

const USAGE = `usage: onprem-speech-server [options]

  --host ADDRESS        default 127.0.0.1
  --port PORT           default 50051; 0 takes any free port
  --cert FILE --key FILE  certificate and key (PEM): speak TLS
  --ca FILE             callers must show a certificate of this authority (mTLS)
  --workers N           threads of each engine, default 1

environment
  SPEECH_TOKEN          when set, calls must carry it as bearer token
`;

/** How long calls that are under way may go on after SIGTERM. */
const DRAIN_MS = 5000;
const DECODERS_MAX = 16;

/** To stderr, one line each. */
const logger: Logger = {
  debug: () => undefined,
  info: (message) => { process.stderr.write(`${message}\n`); },
  warn: (message) => { process.stderr.write(`${message}\n`); },
  error: (message) => { process.stderr.write(`${message}\n`); },
  with: () => logger,
};

async function start(): Promise<void> {
  const { values } = parseArgs({
    strict: true, allowPositionals: false,
    options: {
      host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '50051' }, cert: { type: 'string' }, key: { type: 'string' }, ca: { type: 'string' },
      workers: { type: 'string', default: '1' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) { process.stdout.write(USAGE); return; }
  const never = new AbortController().signal;
  const workers = wholeNumber('--workers', values.workers, 64);
  const speechToText = await LocalSpeechToText.open({ workers, decodersMax: DECODERS_MAX, modelDirectory: null, libraryDirectories: [], logger }, never);
  const textToSpeech = await LocalTextToSpeech.open({ workers, libraryDirectories: [], logger }, never);
  const engines = { speechToText, textToSpeech, classifiers: await loadFvadClassifiers(3) };
  const closeEngines = async (): Promise<void> => { await Promise.all([speechToText.close(), textToSpeech.close()]); };
  let server: SpeechServer;
  try {
    const token = process.env['SPEECH_TOKEN'] ?? '';
    server = await SpeechServer.open({ engines, host: values.host, port: wholeNumber('--port', values.port, 65_535), token: token === '' ? null : token, tls: tlsOf(values) });
  } catch (error) {
    await closeEngines();
    throw error;
  }
  const stop = (): void => { void server.close(DRAIN_MS).then(closeEngines); };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`onprem-speech-server listening on ${server.url} voices=${textToSpeech.capabilities.voices.map(({ name }) => name).join(',')}\n`);
}

function tlsOf({ cert, key, ca }: { readonly cert?: string | undefined; readonly key?: string | undefined; readonly ca?: string | undefined }): TlsFiles | null {
  if (cert === undefined && key === undefined && ca === undefined) return null;
  if (cert === undefined || key === undefined) throw new Error('--cert and --key are given together');
  return { cert, key, ca: ca ?? null };
}

function wholeNumber(name: string, value: string, max: number): number {
  const number = Number(value);
  if (!/^\d+$/u.test(value) || number > max) throw new Error(`${name} must be a whole number from 0 to ${max}, not "${value}"`);
  return number;
}

start().catch((error: unknown) => {
  process.stderr.write(`onprem-speech-server: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
