import { createRequire } from 'node:module';
import { expect } from 'chai';
import { forgetHalfAnswers } from '../../../../src/adapters/events/kafka/forget-half-answers.js';

const require = createRequire(import.meta.url);

interface Connection {
  bytesBuffered: number;
  connectionStatus: string;
  connect(): Promise<boolean>;
  processData(bytes: Buffer): void;
}

describe('forgetHalfAnswers', () => {
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };
  let connection: Connection;

  beforeEach(() => {
    forgetHalfAnswers();
    forgetHalfAnswers();
    const Connection = require('kafkajs/src/network/connection.js') as new (options: object) => Connection;
    connection = new Connection({ host: 'nowhere.invalid', port: 1, logger, connectionTimeout: 1, socketFactory: () => { throw new Error('not now'); } });
  });

  it('makes a connection begin anew with what comes over its next socket', async () => {
    connection.processData(Buffer.from([0, 0, 1, 0, 1, 2, 3]));
    expect(connection.bytesBuffered).to.equal(7);
    await connection.connect().catch(() => undefined);
    expect(connection.bytesBuffered).to.equal(0);
  });

  it('leaves a connection alone that is connected', async () => {
    connection.connectionStatus = 'connected';
    connection.processData(Buffer.from([0, 0, 1, 0, 1, 2, 3]));
    await connection.connect();
    expect(connection.bytesBuffered).to.equal(7);
  });

  it('refuses a kafkajs without the method', () => {
    expect(() => { forgetHalfAnswers(() => ({ prototype: {} })); }).to.throw(/damaged.*Fix:/u);
  });
});
