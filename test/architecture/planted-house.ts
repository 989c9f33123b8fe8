/** One import that the rules forbid. */
export interface Plant {
  readonly rule: string;
  /** File that breaks the rule. */
  readonly file: string;
  /** What it imports: a file of the house by path from its root, or a package. */
  readonly imports: string;
}

/** The smallest house in which every room has somebody and nothing is forbidden: file → what it imports. */
export const LEGAL_HOUSE: Readonly<Record<string, readonly string[]>> = {
  'src/domain/shared/word.ts': [],
  'src/domain/audio/sample.ts': [],
  'src/domain/call/call.ts': ['src/domain/shared/word.ts', 'src/domain/audio/sample.ts'],
  'src/application/ports/port.ts': ['src/domain/shared/word.ts'],
  'src/application/lifecycle/own.ts': ['src/application/ports/port.ts'],
  'src/application/application.ts': ['src/domain/call/call.ts'],
  'src/application/calls/answer.ts': ['src/domain/call/call.ts', 'src/application/ports/port.ts', 'src/application/lifecycle/own.ts'],
  'src/adapters/native/library.ts': ['koffi', 'src/application/ports/port.ts'],
  'src/adapters/grpc/connection.ts': ['@grpc/grpc-js', 'src/application/ports/port.ts'],
  'src/adapters/media/leg.ts': ['ws', 'src/adapters/native/library.ts', 'src/domain/audio/sample.ts'],
  'src/adapters/dsp/voice.ts': ['@echogarden/fvad-wasm', 'src/domain/audio/sample.ts'],
  'src/adapters/asterisk/ari.ts': ['ari-client', 'ws', 'src/adapters/media/leg.ts', 'src/application/ports/port.ts'],
  'src/adapters/http/server.ts': ['express', 'helmet', 'node:http', 'src/application/application.ts'],
  'src/adapters/runtime/log.ts': ['pino', 'prom-client', 'src/application/ports/port.ts'],
  'src/adapters/tenants/directory.ts': ['undici', 'zod', 'src/application/ports/port.ts'],
  'src/adapters/speech/local/recogniser.ts': ['src/adapters/native/library.ts', 'src/application/ports/port.ts'],
  'src/adapters/speech/cloud/recogniser.ts': ['ws', 'src/adapters/grpc/connection.ts', 'src/application/ports/port.ts'],
  'src/config/schema.ts': ['zod', 'yaml', 'node:path', 'src/domain/shared/word.ts'],
  'src/composition/build.ts': [
    'src/config/schema.ts', 'src/application/calls/answer.ts', 'src/adapters/asterisk/ari.ts', 'src/adapters/http/server.ts', 'src/adapters/runtime/log.ts',
    'src/adapters/tenants/directory.ts', 'src/adapters/speech/local/recogniser.ts', 'src/adapters/speech/cloud/recogniser.ts', 'src/adapters/dsp/voice.ts',
  ],
  'src/cli/serve.ts': ['commander', 'src/config/schema.ts', 'src/composition/build.ts'],
  'src/main.ts': ['src/cli/serve.ts'],
  'test/support/fake.ts': [],
};

const at = (rule: string, file: string, imports: string): Plant => ({ rule, file, imports });

/** At least one breach of every rule. */
export const PLANTS: readonly Plant[] = [
  at('audio-knows-nobody', 'src/domain/audio/plant.ts', 'src/domain/shared/word.ts'),
  at('domain-knows-nobody', 'src/domain/call/plant-port.ts', 'src/application/ports/port.ts'),
  at('domain-knows-nobody', 'src/domain/call/plant-adapter.ts', 'src/adapters/runtime/log.ts'),
  at('domain-knows-nobody', 'src/domain/call/plant-config.ts', 'src/config/schema.ts'),
  at('config-knows-domain-vocabulary-only', 'src/config/plant-port.ts', 'src/application/ports/port.ts'),
  at('config-knows-domain-vocabulary-only', 'src/config/plant-adapter.ts', 'src/adapters/runtime/log.ts'),
  at('application-knows-domain', 'src/application/calls/plant-adapter.ts', 'src/adapters/runtime/log.ts'),
  at('application-knows-domain', 'src/application/calls/plant-config.ts', 'src/config/schema.ts'),
  at('ports-know-only-words', 'src/application/ports/plant.ts', 'src/application/calls/answer.ts'),
  at('lifecycle-is-a-leaf', 'src/application/lifecycle/plant.ts', 'src/domain/call/call.ts'),
  at('adapters-know-ports-and-facade', 'src/adapters/http/plant-use-case.ts', 'src/application/calls/answer.ts'),
  at('adapters-know-ports-and-facade', 'src/adapters/http/plant-config.ts', 'src/config/schema.ts'),
  at('adapters-know-no-siblings', 'src/adapters/http/plant-sibling.ts', 'src/adapters/runtime/log.ts'),
  at('adapters-know-no-siblings', 'src/adapters/media/plant-upwards.ts', 'src/adapters/asterisk/ari.ts'),
  at('media-floor-for-carriers-only', 'src/adapters/http/plant-media.ts', 'src/adapters/media/leg.ts'),
  at('grpc-floor-for-speech-and-agents-only', 'src/adapters/http/plant-contract.ts', 'src/adapters/grpc/connection.ts'),
  at('providers-know-no-siblings', 'src/adapters/speech/cloud/plant.ts', 'src/adapters/speech/local/recogniser.ts'),
  at('pure-rooms-import-no-library', 'src/domain/call/plant-library.ts', 'zod'),
  at('pure-rooms-import-no-library', 'src/domain/call/plant-node.ts', 'node:fs'),
  at('pure-rooms-import-no-library', 'src/application/calls/plant-library.ts', 'zod'),
  at('pure-rooms-import-no-library', 'src/application/ports/plant-node.ts', 'node:events'),
  at('config-imports-schema-libraries-only', 'src/config/plant-library.ts', 'cockatiel'),
  at('only-main-imports-composition', 'src/adapters/http/plant-composition.ts', 'src/composition/build.ts'),
  at('only-main-imports-composition', 'src/config/plant-composition.ts', 'src/composition/build.ts'),
  at('only-composition-constructs-adapters', 'src/cli/plant-adapter.ts', 'src/adapters/runtime/log.ts'),
  at('only-composition-constructs-adapters', 'src/cli/plant-use-case.ts', 'src/application/calls/answer.ts'),
  at('no-barrels', 'src/domain/call/plant-barrel.ts', 'src/domain/tenant/index.ts'),
  at('no-cycles', 'src/domain/call/plant-cycle.ts', 'src/domain/call/partner.ts'),
  at('src-knows-no-test', 'src/application/calls/plant-test.ts', 'test/support/fake.ts'),
  at('vendor-ari-client-stays-home', 'src/adapters/http/plant-ari.ts', 'ari-client'),
  at('vendor-express-stays-home', 'src/adapters/runtime/plant-express.ts', 'express'),
  at('vendor-express-stays-home', 'src/adapters/runtime/plant-helmet.ts', 'helmet'),
  at('vendor-prom-client-stays-home', 'src/adapters/http/plant-prom.ts', 'prom-client'),
  at('vendor-pino-stays-home', 'src/adapters/http/plant-pino.ts', 'pino'),
  at('vendor-ws-stays-home', 'src/adapters/tenants/plant-ws.ts', 'ws'),
  at('vendor-redis-stays-home', 'src/adapters/events/plant-redis.ts', 'ioredis'),
  at('vendor-koffi-stays-home', 'src/adapters/speech/local/plant-koffi.ts', 'koffi'),
  at('vendor-undici-stays-home', 'src/adapters/asterisk/plant-undici.ts', 'undici'),
  at('vendor-dsp-stays-home', 'src/adapters/media/plant-dsp.ts', '@echogarden/fvad-wasm'),
  at('vendor-kafka-stays-home', 'src/adapters/http/plant-kafka.ts', 'kafkajs'),
  at('vendor-jwt-stays-home', 'src/adapters/http/plant-jwt.ts', 'jsonwebtoken'),
  at('vendor-numbers-stays-home', 'src/adapters/http/plant-numbers.ts', 'libphonenumber-js'),
  at('vendor-google-stays-home', 'src/adapters/speech/cloud/plant-google.ts', '@google-cloud/speech'),
  at('vendor-aws-stays-home', 'src/adapters/speech/cloud/plant-aws.ts', '@aws-sdk/client-polly'),
  at('vendor-s3-stays-home', 'src/adapters/speech/cloud/plant-s3.ts', '@aws-sdk/client-s3'),
  at('vendor-grpc-stays-home', 'src/adapters/speech/cloud/plant-grpc.ts', '@grpc/grpc-js'),
  at('vendor-azure-speech-stays-home', 'src/adapters/speech/cloud/plant-azure.ts', 'microsoft-cognitiveservices-speech-sdk'),
  at('vendor-sherpa-stays-home', 'src/adapters/speech/cloud/plant-sherpa.ts', 'sherpa-onnx-node'),
  at('vendor-protobuf-stays-home', 'src/adapters/speech/cloud/plant-protobuf.ts', '@bufbuild/protobuf'),
  at('vendor-libphonenumber-stays-home', 'src/adapters/tenants/plant-libphonenumber.ts', 'libphonenumber-js/max'),
  at('vendor-commander-stays-home', 'src/composition/plant-commander.ts', 'commander'),
];

/** A file without imports that nobody imports. */
export const ORPHAN = 'src/domain/call/plant-orphan.ts';
/** What the cycle plant imports: it imports back. */
export const PARTNER = 'src/domain/call/partner.ts';
/** What the barrel plant imports. */
export const BARREL = 'src/domain/tenant/index.ts';
