import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { BrokerSockets } from '../../../../src/adapters/events/kafka/broker-sockets.js';
import { until } from '../../../support/until.js';

describe('Sockets to brokers', () => {
  let server: Server;
  let served: Socket[];
  let sockets: BrokerSockets;
  beforeEach(async () => {
    served = [];
    server = createServer((socket) => { served.push(socket.on('error', () => undefined)); }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    sockets = new BrokerSockets();
  });
  afterEach(async () => {
    sockets.destroyAll();
    for (const socket of served) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  const open = async (): Promise<{ readonly socket: Socket; readonly failures: Error[] }> => {
    const socket = sockets.factory({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, onConnect: () => undefined } as never);
    const failures: Error[] = [];
    socket.on('error', (error) => { failures.push(error); });
    await once(socket, 'connect');
    await until(() => served.length > 0);
    return { socket, failures };
  };

  it('break when a listener cannot make sense of what came, and the process lives on', async () => {
    const { socket, failures } = await open();
    socket.on('data', () => { throw new RangeError('Attempt to access memory outside buffer bounds'); });
    served[0]!.write('no answer of Kafka');
    await until(() => socket.destroyed && failures.length > 0);
    expect(failures[0]!.message).to.equal('what came is no answer of Kafka');
    expect(failures[0]!.cause).to.be.instanceOf(RangeError);
  });

  it('hand on what came', async () => {
    const { socket } = await open();
    const heard: string[] = [];
    socket.on('data', (chunk: Buffer) => { heard.push(chunk.toString()); });
    served[0]!.write('an answer');
    await until(() => heard.length > 0);
    expect(heard).to.deep.equal(['an answer']);
  });

  it('that are given up break, and new ones are made', async () => {
    const { socket, failures } = await open();
    sockets.breakOff();
    await until(() => socket.destroyed && failures.length > 0);
    const again = await open();
    expect(again.socket.destroyed).to.equal(false);
  });

  it('that come after the end break at once', async () => {
    const { socket } = await open();
    sockets.destroyAll();
    await until(() => socket.destroyed);
    const late = sockets.factory({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, onConnect: () => undefined } as never);
    const [error] = await once(late, 'error') as [Error];
    expect(error.message).to.equal('the client is closing');
  });
});
