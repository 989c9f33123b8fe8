import { readFile } from 'node:fs/promises';
import { type sendUnaryData, Server, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import { HealthCheckResponse_ServingStatus as Serving, type HealthCheckRequest, type HealthCheckResponse, HealthService } from '../../src/adapters/grpc/generated/grpc/health/v1/health.js';
import { type RecogniseRequest, type RecogniseResponse, RecognitionService } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/recognition.js';
import { type SynthesiseRequest, type SynthesiseResponse, SynthesisService } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/synthesis.js';
import { type DetectRequest, type DetectResponse, VoiceActivityService } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/voice_activity.js';
import type { SpeechToText } from '../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../src/application/ports/text-to-speech.js';
import type { FrameClassifierFactory } from '../../src/domain/audio/vad.js';
import { recognise } from './recognition.js';
import { synthesise } from './synthesis.js';
import { detect } from './voice-activity.js';

/** What does the work. Put your own here. */
export interface Engines {
  readonly speechToText: SpeechToText;
  readonly textToSpeech: TextToSpeech;
  readonly classifiers: FrameClassifierFactory;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Callers must show a certificate of this authority. Null: anybody with the token is let in. */
  readonly ca: string | null;
}

export interface SpeechServerOptions {
  readonly engines: Engines;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Null: not asked for. */
  readonly token: string | null;
  /** Null: not encrypted. */
  readonly tls: TlsFiles | null;
}

const SERVICES = ['', 'voicegateway.speech.v1.Recognition', 'voicegateway.speech.v1.Synthesis', 'voicegateway.speech.v1.VoiceActivity'];

/** A server of proto/voicegateway/speech/v1. */
export class SpeechServer {
  private constructor(private readonly server: Server, readonly url: string) {}

  static async open({ engines, host, port, token, tls }: SpeechServerOptions): Promise<SpeechServer> {
    const server = new Server();
    const guarded = <Call extends Refusable>(serve: (call: Call) => Promise<void>) => (call: Call): void => {
      if (token === null || call.metadata.get('authorization')[0] === `Bearer ${token}`) void serve(call);
      else call.emit('error', { code: status.UNAUTHENTICATED, details: 'wrong token' });
    };
    server.addService(RecognitionService, { recognise: guarded((call: ServerDuplexStream<RecogniseRequest, RecogniseResponse>) => recognise(call, engines.speechToText)) });
    server.addService(SynthesisService, { synthesise: guarded((call: ServerWritableStream<SynthesiseRequest, SynthesiseResponse>) => synthesise(call, engines.textToSpeech)) });
    server.addService(VoiceActivityService, { detect: guarded((call: ServerDuplexStream<DetectRequest, DetectResponse>) => detect(call, engines.classifiers)) });
    server.addService(HealthService, { check, watch });
    const credentials = tls === null ? ServerCredentials.createInsecure() : await secured(tls);
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${host}:${port}`, credentials, (error, at) => { if (error === null) resolve(at); else reject(error); });
    });
    return new SpeechServer(server, `${tls === null ? 'grpc' : 'grpcs'}://${host}:${bound}`);
  }

  /** Lets what is under way end, for so long. */
  async close(patienceMs: number): Promise<void> {
    const patience = setTimeout(() => { this.server.forceShutdown(); }, patienceMs);
    await new Promise<void>((resolve) => { this.server.tryShutdown(() => { resolve(); }); });
    clearTimeout(patience);
  }
}

interface Refusable {
  readonly metadata: { get(key: string): readonly unknown[] };
  emit(event: 'error', status: { code: number; details: string }): boolean;
}

async function secured({ cert, key, ca }: TlsFiles): Promise<ServerCredentials> {
  const [chain, secret, authority] = await Promise.all([readFile(cert), readFile(key), ca === null ? null : readFile(ca)]);
  return ServerCredentials.createSsl(authority, [{ cert_chain: chain, private_key: secret }], authority !== null);
}

function check({ request }: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>, answer: sendUnaryData<HealthCheckResponse>): void {
  if (SERVICES.includes(request.service)) answer(null, { status: Serving.SERVING });
  else answer({ code: status.NOT_FOUND, details: 'there is no such service here' });
}

/** The engines do not come and go: the first answer is the last. */
function watch(call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>): void {
  call.write({ status: SERVICES.includes(call.request.service) ? Serving.SERVING : Serving.SERVICE_UNKNOWN });
}
