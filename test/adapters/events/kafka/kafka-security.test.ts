import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { KafkaEventPublisher, type KafkaEventPublisherOptions } from '../../../../src/adapters/events/kafka/kafka-event-publisher.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { readRecords } from '../../../support/kafka-records.js';
import { freePorts, KafkaBroker } from '../../../support/servers/kafka-broker.js';

const USER = { username: 'gateway', password: 'password-of-the-test' } as const;
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** A certificate for 127.0.0.1 that nobody else trusts, and its key. */
async function selfSigned(directory: string): Promise<{ readonly certificate: string; readonly pem: string }> {
  const [key, certificate, pem] = ['key.pem', 'certificate.pem', 'both.pem'].map((name) => path.join(directory, name)) as [string, string, string];
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
  ]);
  const text = await readFile(certificate, 'utf8');
  await writeFile(pem, await readFile(key, 'utf8') + text);
  return { certificate: text, pem };
}

describe('KafkaEventPublisher and a broker with TLS and a login', function () {
  let directory: string;
  let ca: string;
  let broker: KafkaBroker;
  let securedPort: number;
  let made = 0;

  before(async function () {
    this.timeout(120_000);
    directory = await mkdtemp(path.join(tmpdir(), 'vg-kafka-secured-'));
    const { certificate, pem } = await selfSigned(directory).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { certificate: '', pem: '' };
    });
    if (pem === '') {
      this.test!.title += ' (no openssl here)';
      this.skip();
    }
    ca = certificate;
    [securedPort] = await freePorts(1) as [number];
    broker = await KafkaBroker.start({ secured: { port: securedPort, pem, ...USER } });
  });
  after(async () => {
    await (broker as KafkaBroker | undefined)?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const withPublisher = async (deviations: Partial<KafkaEventPublisherOptions>, act: (publisher: KafkaEventPublisher, prefix: string, logger: RecordingLogger) => Promise<void>): Promise<void> => {
    made += 1;
    const prefix = `secured${made}`;
    const logger = new RecordingLogger();
    const spool = await mkdtemp(path.join(directory, 'spool-'));
    const publisher = await KafkaEventPublisher.open({
      brokers: [`127.0.0.1:${securedPort}`], topicPrefix: prefix, createTopics: true, tls: { ca }, sasl: { mechanism: 'plain', ...USER },
      directory: spool, nodeName: 'node-1', spoolBytesMax: 1024 * 1024, memoryEventsMax: 1000, queueEventsMax: 50_000,
      clock: new SystemClock({ onFault: (error) => { throw error; } }), logger, metrics: new RecordingMetrics(), ...deviations,
    });
    try {
      await act(publisher, prefix, logger);
    } finally {
      await publisher.close();
    }
  };
  const delivered = async (publisher: KafkaEventPublisher, ms: number): Promise<boolean> => {
    publisher.publish(aDomainEvent({ type: 'caller.silent', attempt: 1 }));
    return publisher.flush(AbortSignal.timeout(ms)).then(() => true, (error: unknown) => {
      if (isPortError(error)) return false;
      throw error;
    });
  };

  for (const mechanism of MECHANISMS) {
    it(`delivers after a login by ${mechanism}`, async () => {
      await withPublisher({ sasl: { mechanism, ...USER } }, async (publisher, prefix) => {
        expect(await delivered(publisher, 20_000)).to.equal(true);
        expect(await readRecords(broker.address, prefix)).to.have.length(1);
      });
    });
  }

  it('delivers nothing with a wrong password, tells no password, and keeps the event for the right one', async () => {
    const kept = await mkdtemp(path.join(directory, 'kept-'));
    await withPublisher({ directory: kept, topicPrefix: 'kept', sasl: { mechanism: 'scram-sha-512', username: USER.username, password: 'wrong-one' } }, async (publisher, _prefix, logger) => {
      expect(await delivered(publisher, 4000)).to.equal(false);
      expect(logger.messages()).not.to.deep.equal([]);
      expect(JSON.stringify(logger.lines)).not.to.contain('wrong-one');
    });
    await withPublisher({ directory: kept, topicPrefix: 'kept' }, async (publisher) => { await publisher.flush(AbortSignal.timeout(20_000)); });
    expect(await readRecords(broker.address, 'kept')).to.have.length(1);
  });

  it('does not talk to a broker whose certificate nobody vouches for', async () => {
    await withPublisher({ tls: {} }, async (publisher) => { expect(await delivered(publisher, 4000)).to.equal(false); });
  });

  it('does not log in without TLS where the broker wants it', async () => {
    await withPublisher({ tls: null }, async (publisher) => { expect(await delivered(publisher, 4000)).to.equal(false); });
  });
});
