import { expect } from 'chai';
import { describeFaults, type Loaded } from '../../src/config/config-fault.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';

type Env = Readonly<Record<string, string>>;
type Files = Readonly<Record<string, string>>;

const ENOUGH: Env = { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: 'tenants' };
const FILE = '/etc/voice-gateway/config.yaml';

function load(files: Files, env: Env = {}, file: string | null = FILE in files ? FILE : null): Loaded<Config> {
  return loadConfig({
    file, env,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
  });
}

function config(files: Files, env: Env = ENOUGH): Config {
  const loaded = load(files, env);
  if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
  return loaded.value;
}

function faults(files: Files, env: Env = ENOUGH, file?: string): readonly string[] {
  const loaded = load(files, env, file);
  expect(loaded.ok, 'expected faults').to.equal(false);
  return loaded.ok ? [] : loaded.faults.map((fault) => describeFaults([fault]));
}

describe('loadConfig', () => {
  it('tells of faulty logins at payment tools without what they hold', () => {
    for (const logins of ['{ "https://payments.example.com/digits": { token: t0ken } }', '{ "payments.example.com": { token: t0ken } }', '{ "https://payments.example.com": { token: t0ken, cert: /a.pem } }', '{ "https://payments.example.com": { tokne: t0ken } }', '{ "https://payments.example.com": { token: [t0ken] } }', 't0ken']) {
      const [told = ''] = faults({ [FILE]: `vault: { logins: ${logins} }` });
      expect(told, logins).to.contain('vault.logins').and.not.to.contain('t0ken');
    }
  });

  describe('finds settings', () => {
    it('in defaults, under the file, under the environment', () => {
      const { http, limits, log } = config({ [FILE]: 'http: { port: 9000 }\nlimits: { callsMax: 7 }\n' }, { ...ENOUGH, VG_HTTP_PORT: '9001' });
      expect(http.port).to.equal(9001);
      expect(limits.callsMax).to.equal(7);
      expect(log.level).to.equal('info');
    });

    it('without any file', () => {
      expect(config({}).asterisk.ariUrl).to.equal('http://127.0.0.1:8088/ari');
    });

    it('in the file that VG_CONFIG names', () => {
      expect(config({ '/other.yaml': 'node: { name: other }' }, { ...ENOUGH, VG_CONFIG: '/other.yaml' }).node.name).to.equal('other');
    });

    it('of logins at payment tools, by origin, with tokens from the environment', () => {
      const { logins } = config({ [FILE]: 'vault: { logins: { "https://payments.example.com": { token: "${PAYMENTS_TOKEN}", ca: /etc/ca.pem } } }' }, { ...ENOUGH, PAYMENTS_TOKEN: 't0ken' }).vault;
      expect(logins['https://payments.example.com']?.token?.reveal()).to.equal('t0ken');
      expect(logins['https://payments.example.com']).to.include({ ca: '/etc/ca.pem', cert: null, key: null });
    });

    it('of every kind in the environment', () => {
      const { media, tenants, speech, agent } = config({}, {
        VG_ASTERISK_PASSWORD: 'pw', VG_MEDIA_LEGS_MAX: '1_000', VG_TENANTS_MANAGER_URL: 'https://tenants.example.com', VG_TENANTS_SERVED: 'north-bank, harbour-grill',
        VG_MEDIA_IO: 'dgram', VG_AGENT_TOKEN: 't0ken', VG_SPEECH_LOCAL_MODEL_DIRECTORY: '',
      });
      expect(media.legsMax).to.equal(1000);
      expect(media.io).to.equal('dgram');
      expect(tenants.served).to.deep.equal(['north-bank', 'harbour-grill']);
      expect(agent.token?.reveal()).to.equal('t0ken');
      expect(speech.local.modelDirectory).to.equal(null);
    });

    it('in variables that the file refers to, typed like the setting', () => {
      const files = { [FILE]: 'http: { port: "${PORT}", host: "${HOST:-0.0.0.0}" }\nnode: { name: "a-${NAME}" }\nasterisk: { dialTemplate: "PJSIP/{number}@$${x}" }' };
      const { http, node, asterisk } = config(files, { ...ENOUGH, PORT: '8111', NAME: 'b' });
      expect(http).to.deep.include({ port: 8111, host: '0.0.0.0' });
      expect(node.name).to.equal('a-b');
      expect(asterisk.dialTemplate).to.equal('PJSIP/{number}@${x}');
    });

    it('in a fresh config each time, frozen to its leaves', () => {
      const loaded = config({});
      expect(Object.isFrozen(loaded)).to.equal(true);
      expect(Object.isFrozen(loaded.speech.local.libraryDirectories)).to.equal(true);
    });
  });

  describe('reads secrets', () => {
    it('from a file that VG_…_FILE names, without the newline at its end', () => {
      const { asterisk } = config({ '/run/secrets/ari': 'from file\n' }, { VG_TENANTS_DIRECTORY: 't', VG_ASTERISK_PASSWORD_FILE: '/run/secrets/ari' });
      expect(asterisk.password.reveal()).to.equal('from file');
    });

    it('from a file that a reference of the YAML names', () => {
      const files = { [FILE]: 'asterisk: { password: "${ARI}" }', '/run/secrets/ari': 'from file' };
      expect(config(files, { VG_TENANTS_DIRECTORY: 't', ARI_FILE: '/run/secrets/ari' }).asterisk.password.reveal()).to.equal('from file');
    });

    it('and never shows them in a fault', () => {
      const told = faults({ [FILE]: 'asterisk: { password: [hunter2] }\nagent: { token: 12345678 }' }, { VG_TENANTS_DIRECTORY: 't' }).join('\n');
      expect(told).to.contain('asterisk.password must be').and.to.contain('agent.token must be');
      expect(told).not.to.contain('hunter2').and.not.to.contain('12345678');
    });

    it('not from two places at once', () => {
      const [fault] = faults({ '/f': 'x' }, { ...ENOUGH, VG_ASTERISK_PASSWORD_FILE: '/f' });
      expect(fault).to.contain('environment: VG_ASTERISK_PASSWORD and VG_ASTERISK_PASSWORD_FILE are both set');
    });

    it('not from a file that is not there', () => {
      expect(faults({}, { VG_TENANTS_DIRECTORY: 't', VG_ASTERISK_PASSWORD_FILE: '/gone' })[0]).to.contain('VG_ASTERISK_PASSWORD_FILE names a file that cannot be read');
    });
  });

  it('counts relative paths of the file from the file, those of the environment from the working directory', () => {
    const { events, tenants } = config({ [FILE]: 'events: { directory: ../events }\n' }, ENOUGH);
    expect(events.directory).to.equal('/etc/events');
    expect(tenants.directory).to.equal('tenants');
  });

  it('tells every fault at once, in reading order, with place and fix', () => {
    const text = [
      'node: { nme: x }', // 1
      'http:', // 2
      '  port: 80x', // 3
      'media:', // 4
      '  io: batch', // 5
      'tenants:', // 6
      '  directory: here', // 7
      '  managerUrl: there', // 8
      'limits: { callsMax: 0 }', // 9
      'asterisk:', // 10
      '  password: ${NOT_SET}', // 11
      'lgo: { level: info }', // 12
    ].join('\n');
    expect(faults({ [FILE]: text }, { VG_HTTP_HOTS: 'x', VG_AGENT_OPEN_DEADLINE_MS: 'soon' })).to.deep.equal([
      `${FILE}:1:9: node.nme is not a setting\n  fix: did you mean name?`,
      `${FILE}:3:9: http.port must be a whole number from 0 to 65_535, not "80x"\n  fix: for example: 8080`,
      `${FILE}:5:7: media.io must be one of auto, batched, dgram, not "batch"\n  fix: for example: auto`,
      `${FILE}:8:15: tenants.directory and tenants.managerUrl are both given\n  fix: keep the one that this node is to use`,
      `${FILE}:9:21: limits.callsMax must be a whole number from 1 to 20_000, not 0\n  fix: for example: 100`,
      `${FILE}:11:13: the environment variable NOT_SET is not set\n  fix: set NOT_SET or NOT_SET_FILE, or write \${NOT_SET:-default}`,
      `${FILE}:12:1: lgo is not a setting\n  fix: did you mean log?`,
      'environment: VG_HTTP_HOTS is not a variable of the gateway\n  fix: did you mean VG_HTTP_HOST?',
      'environment: VG_AGENT_OPEN_DEADLINE_MS must be a whole number from 100 to 60_000, not "soon"\n  fix: for example: 3000',
    ]);
  });

  describe('tells', () => {
    it('what is missing and every way to give it', () => {
      const told = faults({}, {}).join('\n');
      expect(told).to.contain('asterisk.password is missing').and.to.contain('VG_ASTERISK_PASSWORD or VG_ASTERISK_PASSWORD_FILE in the environment');
      expect(told).to.contain('nothing says who the tenants are').and.to.contain('VG_TENANTS_DIRECTORY');
    });

    it('faults of the YAML itself, and nothing that would only follow from them', () => {
      const told = faults({ [FILE]: 'http:\n  port: 1\n  port: 2\nnode: [\n' }, {});
      expect(told[0]).to.contain(`${FILE}:3:3: not valid YAML`).and.to.contain('keep one of the two');
      expect(told.join()).not.to.contain('missing');
    });

    it('a file that cannot be read', () => {
      expect(faults({}, ENOUGH, '/nowhere.yaml')).to.deep.equal([
        '/nowhere.yaml: cannot be read: ENOENT: no such file or directory, open \'/nowhere.yaml\'\n  fix: name an existing file',
      ]);
    });

    it('a section that is no section, and a file that is none', () => {
      expect(faults({ [FILE]: 'http: 8080' })[0]).to.contain(`${FILE}:1:7: http must be settings by name: host, port, tls, not 8080`);
      expect(faults({ [FILE]: '- a\n- b' })[0]).to.contain('the file must be settings by name: node, http');
    });

    it('an empty value, and a number where text is due', () => {
      expect(faults({ [FILE]: 'asterisk:\n  app:\n' })[0]).to.contain(`${FILE}:2:7: asterisk.app must be text, not empty`);
      expect(faults({ [FILE]: 'asterisk:\n  app: 5\n' })[0]).to.contain('put it in quotes: "5"');
    });

    it('a language model that nobody finds, or half of a certificate for it', () => {
      expect(faults({ [FILE]: 'agent: { kind: grpc }' }).join()).to.contain('agent.kind is grpc, but agent.grpc.url is not given');
      const half = 'agent: { kind: grpc, grpc: { url: "grpcs://mind:50051", cert: gateway.pem } }';
      expect(faults({ [FILE]: half }).join()).to.contain('agent.grpc.cert is given, but agent.grpc.key is not');
      expect(config({ [FILE]: 'agent: { kind: grpc, grpc: { url: "grpcs://mind:50051" } }' }).agent.grpc.url).to.equal('grpcs://mind:50051');
    });

    it('an API that would believe the wrong tokens', () => {
      const keys = 'jwksUrl: "https://login.example.com/keys"';
      expect(faults({ [FILE]: `api: { ${keys} }` })[0]).to.contain('api.issuer is not').and.to.contain('VG_API_ISSUER');
      expect(faults({ [FILE]: `api: { ${keys}, issuer: x, development: true }` })[0]).to.contain('api.development and api.jwksUrl are both given');
      for (const host of ['login.example.com', '10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com']) {
        expect(faults({ [FILE]: `api: { jwksUrl: "http://${host}/keys", issuer: x }` })[0], host).to.contain('api.jwksUrl is not https');
      }
      for (const host of ['localhost', '127.0.0.1:9000', '127.8.9.1', '[::1]:9000']) expect(config({ [FILE]: `api: { jwksUrl: "http://${host}/keys", issuer: x }` }).api.issuer, host).to.equal('x');
      expect(faults({ [FILE]: 'api: { development: true }' }, { ...ENOUGH, NODE_ENV: 'production' })[0]).to.match(/NODE_ENV is production[\s\S]*fix: .*VG_API_JWKS_URL/u);
      expect(config({ [FILE]: 'api: { development: true }' }, { ...ENOUGH, NODE_ENV: 'test' }).api.development).to.equal(true);
      expect(faults({ [FILE]: 'api: { trustedProxies: [everybody] }' })[0]).to.contain('api.trustedProxies').and.to.contain('10.20.0.0/16');
      expect(config({}, { ...ENOUGH, VG_API_TRUSTED_PROXIES: '10.0.0.0/8,2001:db8::/32' }).api.trustedProxies).to.deep.equal(['10.0.0.0/8', '2001:db8::/32']);
    });

    it('contradictions between settings, defaults included', () => {
      expect(faults({ [FILE]: 'agent: { firstOutputDeadlineMs: 90000 }' })[0]).to.contain('agent.firstOutputDeadlineMs (90000) is more than agent.replyDeadlineMs (60000)');
      expect(faults({}, { VG_ASTERISK_PASSWORD: 'x', VG_TENANTS_MANAGER_URL: 'http://x' })[0]).to.contain('tenants.served names no tenant');
    });

    it('half of a bucket', () => {
      const told = faults({ [FILE]: 'recordings: { s3: { bucket: calls, accessKeyId: k } }' }, ENOUGH).join('\n');
      expect(told).to.contain('recordings.s3.bucket is given, but recordings.s3.secretAccessKey is not').and.not.to.contain('accessKeyId is not');
      expect(faults({ [FILE]: 'recordings: { s3: { prefix: a/ } }' }, ENOUGH).join('\n')).to.contain('recordings.s3.prefix is given, but recordings.s3.bucket is not');
    });

    it('events to Kafka without a broker, a login without its parts, an authority without encryption', () => {
      expect(faults({ [FILE]: 'state: { kind: redis }' }, ENOUGH).join('\n')).to.contain('state.redis.url is not given').and.to.contain('VG_STATE_REDIS_URL_FILE');
      expect(config({ [FILE]: 'state: { kind: redis }' }, { ...ENOUGH, VG_STATE_REDIS_URL: 'redis://r' }).state.redis.url?.reveal()).to.equal('redis://r');
      expect(faults({ [FILE]: 'history: { kind: redis }' }, ENOUGH).join('\n')).to.contain('history.kind is redis, but state.kind is not').and.to.contain('VG_STATE_KIND');
      const told = faults({ [FILE]: 'events: { kind: kafka, kafka: { saslMechanism: plain, tlsAuthority: ca.pem } }' }, ENOUGH).join('\n');
      expect(told).to.contain('events.kafka.brokers names no broker').and.to.contain('events.kafka.saslUsername is not').and.to.contain('events.kafka.saslPassword is not');
      expect(told).to.contain('events.kafka.tls is off');
      expect(config({ [FILE]: 'events: { kind: kafka, kafka: { brokers: ["k:9092"] } }' }, ENOUGH).events.kafka.brokers).to.deep.equal(['k:9092']);
    });

    it('half of what encryption needs, and networks that are none', () => {
      const told = faults({ [FILE]: [
        'http: { tls: { cert: here.pem } }', 'asterisk: { tlsAuthority: ca.pem }', 'state: { redis: { tlsAuthority: ca.pem } }',
        'media: { trustedNetworks: [10.0.0.0/33] }', 'security: { trustedNetworks: ["a b"] }',
      ].join('\n') }, ENOUGH).join('\n');
      expect(told).to.contain('http.tls.cert is given, but http.tls.key is not').and.to.contain('asterisk.ariUrl does not begin with https://').and.to.contain('state.redis.url does not begin with rediss://');
      expect(told).to.contain('media.trustedNetworks').and.to.contain('security.trustedNetworks').and.to.contain('10.20.0.0/16');
      const { media, security } = config({ [FILE]: 'media: { trustedNetworks: [10.0.0.0/8, 192.0.2.7/32] }\nsecurity: { trustedNetworks: [redis, kafka-1.example.com, fd00::/8] }' }, ENOUGH);
      expect([media.trustedNetworks.length, security.trustedNetworks.length]).to.deep.equal([2, 3]);
    });

    it('a bomb of aliases', () => {
      const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index] ?? ''},`.repeat(9)}x]`).join('\n')}`;
      expect(faults({ [FILE]: bomb })[0]).to.contain('Excessive alias count');
    });
  });

  it('takes an empty file for no settings', () => {
    expect(config({ [FILE]: '# nothing yet\n' }).http.port).to.equal(8080);
  });
});
