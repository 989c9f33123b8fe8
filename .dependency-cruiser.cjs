/** The house rules of who may know whom. Each rule has one sentence of why. `npm run arch` runs them; test/architecture plants a breach of each. */
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

/** A room that may import only the listed src paths (itself included). */
const room = (name, from, may, comment) => ({
  name, severity: 'error', comment,
  from: { path: from },
  to: { path: '^src/', pathNot: [from, ...may] },
});

/** A vendor package may be imported from one folder only. */
const vendor = (name, packages, home) => ({
  name: `vendor-${name}-stays-home`, severity: 'error',
  comment: `${name} types must not cross its adapter; map them to the port's vocabulary.`,
  from: { path: '^src/', pathNot: [home] },
  to: { path: packages },
});

module.exports = {
  forbidden: [
    room('audio-knows-nobody', '^src/domain/audio/', [], 'Signal processing is a leaf: samples in, samples out.'),
    room('domain-knows-nobody', '^src/domain/', [], 'Decisions are pure.'),
    room('config-knows-domain-vocabulary-only', '^src/config/', ['^src/domain/'], 'Settings are data; composition translates them.'),
    room('application-knows-domain', '^src/application/', ['^src/domain/'], 'Use cases speak through ports.'),
    room('ports-know-only-words', '^src/application/ports/', ['^src/domain/'], 'A port is vocabulary, never a use case.'),
    room('lifecycle-is-a-leaf', '^src/application/lifecycle/', ['^src/application/ports/'], 'Ownership tools serve every room.'),
    room('adapters-know-ports-and-facade', '^src/adapters/',
      ['^src/application/(ports|lifecycle)/', '^src/application/application\\.ts$', '^src/domain/'],
      'Driven adapters implement ports; driving adapters call the facade; neither sees use cases.'),
    {
      name: 'adapters-know-no-siblings', severity: 'error',
      comment: 'Adapters meet in composition only. adapters/media is the floor of carriers, adapters/native the floor of what touches the operating system, adapters/grpc that of our own gRPC contract.',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/', pathNot: ['^src/adapters/$1/', '^src/adapters/(media|native|grpc)/'] },
    },
    {
      name: 'media-floor-for-carriers-only', severity: 'error',
      comment: 'Only telephony carriers stand on adapters/media.',
      from: { path: '^src/adapters/', pathNot: ['^src/adapters/(media|asterisk|twilio|exotel)/'] },
      to: { path: '^src/adapters/media/' },
    },
    {
      name: 'grpc-floor-for-speech-and-agents-only', severity: 'error',
      comment: 'The gRPC contract is about speech and agents; nobody else speaks it.',
      from: { path: '^src/adapters/', pathNot: ['^src/adapters/(grpc|speech|agent)/'] },
      to: { path: '^src/adapters/grpc/' },
    },
    {
      name: 'providers-know-no-siblings', severity: 'error',
      comment: 'One speech, agent or state provider never imports another. adapters/speech/wire and adapters/agent/wire are the floors of those over the network.',
      from: { path: '^src/adapters/(speech|agent|state)/([^/]+)/' },
      to: { path: '^src/adapters/$1/', pathNot: ['^src/adapters/$1/$2/', '^src/adapters/(speech|agent)/wire/'] },
    },
    {
      name: 'pure-rooms-import-no-library', severity: 'error',
      comment: 'If the inside wants a library it wants a port.',
      from: { path: '^src/(domain|application)/' },
      to: { dependencyTypes: [...npm, 'core'] },
    },
    {
      name: 'config-imports-schema-libraries-only', severity: 'error',
      comment: 'Configuration needs a schema and a YAML parser, nothing that runs.',
      from: { path: '^src/config/' },
      to: { dependencyTypes: npm, pathNot: ['node_modules/(zod|yaml)/'] },
    },
    {
      name: 'only-main-imports-composition', severity: 'error',
      comment: 'Composition is the root: nothing below may reach up for a ready-made object.',
      from: { path: '^src/', pathNot: ['^src/(main\\.ts$|composition/|cli/)'] },
      to: { path: '^src/composition/' },
    },
    {
      name: 'only-composition-constructs-adapters', severity: 'error',
      comment: 'The command line and main see composition; they never meet an adapter.',
      from: { path: '^src/(main\\.ts$|cli/)' },
      to: { path: '^src/(adapters|application)/' },
    },
    { name: 'no-barrels', severity: 'error', comment: 'index.ts hides who imports what.', from: {}, to: { path: '^src/.*/index\\.ts$' } },
    { name: 'no-cycles', severity: 'error', comment: 'Two files that need each other are one file.', from: {}, to: { circular: true } },
    { name: 'src-knows-no-test', severity: 'error', comment: 'The product never depends on its tests or examples.', from: { path: '^src/' }, to: { path: '^(test|examples|bench|tools)/' } },
    {
      name: 'no-orphans', severity: 'error', comment: 'A file nobody imports is dead.',
      // framer.ts: the streaming providers to come deliver chunks of any size; the local ones do not need it.
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/main\\.ts$', '^src/domain/audio/framer\\.ts$'] }, to: {},
    },
    vendor('ari-client', 'node_modules/ari-client/', '^src/adapters/asterisk/'),
    vendor('express', 'node_modules/(express|helmet|express-rate-limit|rate-limit-redis|swagger-ui-dist)/', '^src/adapters/http/'),
    vendor('jwt', 'node_modules/(jsonwebtoken|jwks-rsa)/', '^src/adapters/identity/'),
    vendor('numbers', 'node_modules/libphonenumber-js/', '^src/adapters/numbers/'),
    vendor('prom-client', 'node_modules/prom-client/', '^src/adapters/runtime/'),
    vendor('pino', 'node_modules/pino/', '^src/adapters/runtime/'),
    vendor('redis', 'node_modules/ioredis/', '^src/adapters/state/redis/'),
    vendor('ws', 'node_modules/ws/', '^src/adapters/(media|asterisk|speech|http)/'),
    vendor('koffi', 'node_modules/koffi/', '^src/adapters/native/'),
    vendor('undici', 'node_modules/undici/', '^src/adapters/(agent|tenants|native|speech|vault)/'),
    vendor('dsp', 'node_modules/@echogarden/', '^src/adapters/dsp/'),
    vendor('kafka', 'node_modules/kafkajs/', '^src/adapters/events/kafka/'),
    vendor('libphonenumber', 'node_modules/libphonenumber-js/', '^src/adapters/numbers/'),
    vendor('google', 'node_modules/@google-cloud/', '^src/adapters/speech/google/'),
    vendor('aws', 'node_modules/@(aws-sdk/(?!client-s3/)|smithy/)', '^src/adapters/speech/aws/'),
    vendor('s3', 'node_modules/@aws-sdk/client-s3/', '^src/adapters/recordings/s3/'),
    vendor('azure-speech', 'node_modules/microsoft-cognitiveservices-speech-sdk/', '^src/adapters/speech/azure/'),
    vendor('sherpa', 'node_modules/sherpa-onnx', '^src/adapters/speech/sherpa/'),
    vendor('grpc', 'node_modules/@grpc/', '^src/adapters/(grpc/|agent/onprem/|speech/(google|onprem)/)'),
    vendor('protobuf', 'node_modules/@bufbuild/', '^src/adapters/grpc/generated/'),
    vendor('commander', 'node_modules/commander/', '^src/(main\\.ts$|cli/)'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // type-only imports count: a leaked type is a leaked dependency
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
