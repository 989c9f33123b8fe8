import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { until } from '../until.js';
import { ariConnectionKind, ChaosProxy } from './chaos-proxy.js';
import { garbageBytes } from './faults.js';

const SLOW_MS = 60;

/** Echoes what it gets, and ends when the other side does. */
class EchoServer {
  readonly sockets: Socket[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<EchoServer> {
    const server = createServer();
    const echo = new EchoServer(server);
    server.on('connection', (socket) => {
      echo.sockets.push(socket);
      socket.on('error', () => undefined).pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return echo;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

class Client {
  received = Buffer.alloc(0);
  ended: 'no' | 'end' | 'error' = 'no';

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => { this.received = Buffer.concat([this.received, chunk]); });
    socket.on('end', () => { this.ended = 'end'; });
    socket.on('error', () => { this.ended = 'error'; });
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  async asks(text: string): Promise<string> {
    const already = this.received.length;
    this.socket.write(text);
    await until(() => this.received.length >= already + text.length);
    return this.received.subarray(already).toString('latin1');
  }
}

describe('A chaos proxy', () => {
  let echo: EchoServer;
  let proxy: ChaosProxy;
  let clients: Client[];
  beforeEach(async () => {
    echo = await EchoServer.start();
    proxy = await ChaosProxy.start({ targetPort: echo.port, slowMs: SLOW_MS });
    clients = [];
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await proxy.close();
    await echo.stop();
  });

  const client = async (port = proxy.port): Promise<Client> => {
    const made = new Client(connect(port, '127.0.0.1'));
    clients.push(made);
    await once(made.socket, 'connect');
    return made;
  };

  it('passes everything while nothing is hurt, and the end too', async () => {
    const one = await client();
    expect(await one.asks('hello')).to.equal('hello');
    const long = 'x'.repeat(3_000_000);
    expect(await one.asks(long)).to.equal(long);
    one.socket.end();
    await until(() => one.ended === 'end');
    expect(proxy.hits).to.equal(0);
  });

  it('comes to know that a client has gone who still spoke to a service that had gone before', async () => {
    const late = new Client(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
    clients.push(late);
    await late.asks('hello');
    echo.sockets[0]?.end();
    await until(() => late.ended === 'end');
    late.socket.end('nobody is there to hear it'.repeat(50_000)); // in several pieces
    await once(late.socket, 'close');
    await until(() => proxy.openConnections === 0);
  });

  it('refuses: cuts what is there, and nobody listens until it is healed', async () => {
    const one = await client();
    await one.asks('hello');
    proxy.hurt('refuse');
    await until(() => one.ended === 'error');
    const refused = connect(proxy.port, '127.0.0.1');
    const [error] = await once(refused, 'error') as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
    await proxy.heal();
    expect(await (await client()).asks('again')).to.equal('again');
    expect(proxy.hits).to.equal(1);
  });

  it('hangs: connections stay open, nothing comes through, and those that were caught stay dead', async () => {
    const caught = await client();
    await caught.asks('hello');
    proxy.hurt('hang');
    caught.socket.write('lost');
    const late = await client();
    late.socket.write('lost too');
    await until(() => proxy.hits === 2);
    await proxy.heal();
    caught.socket.write('still lost');
    await until(() => proxy.hits === 3);
    expect([caught.text, caught.ended, late.text, late.ended]).to.deep.equal(['hello', 'no', '', 'no']);
    expect(await (await client()).asks('again')).to.equal('again');
  });

  it('hangs: the service does not come to know that a client has gone, until it is healed', async () => {
    const caught = await client();
    await caught.asks('hello');
    proxy.hurt('hang');
    caught.socket.destroy();
    await once(caught.socket, 'close');
    const [served] = echo.sockets;
    expect(served?.destroyed).to.equal(false);
    await proxy.heal();
    await until(() => served?.destroyed === true);
  });

  it('resets what is there, and what comes as soon as it says something', async () => {
    const one = await client();
    await one.asks('hello');
    proxy.hurt('reset');
    await until(() => one.ended === 'error');
    const two = await client();
    two.socket.write('hello');
    await until(() => two.ended === 'error');
    await proxy.heal();
    expect(await (await client()).asks('again')).to.equal('again');
  });

  it('is slow: answers come later, in order, also those after the fault', async () => {
    const one = await client();
    await one.asks('hello');
    proxy.hurt('slow');
    const beganAtMs = performance.now();
    one.socket.write('one ');
    await until(() => proxy.hits >= 1);
    await proxy.heal();
    await one.asks('two ').catch(() => undefined);
    await until(() => one.text === 'helloone two ');
    expect(performance.now() - beganAtMs).to.be.at.least(SLOW_MS - 2);
  });

  it('answers garbage, or half and the end, in turns; who waits gets some unasked', async () => {
    const [first, second] = [await client(), await client()];
    await Promise.all([first.asks('hello'), second.asks('hello')]);
    proxy.hurt('garbage');
    await until(() => first.received.length === 5 + 64 && second.received.length === 5 + 64);
    first.socket.write('0123456789');
    await until(() => first.ended === 'end');
    expect(first.text.slice(69)).to.equal('01234');
    const spoilt = await second.asks('0123456789');
    expect([spoilt, second.ended]).to.deep.equal([garbageBytes(10, 2).toString('latin1'), 'no']);
  });

  it('hurts one kind of connections of a shared port', async () => {
    const shared = await ChaosProxy.start({ targetPort: echo.port, kindOf: ariConnectionKind });
    const [events, rest] = [await client(shared.port), await client(shared.port)];
    const upgrade = 'GET /ari/events?app=voice-gateway HTTP/1.1\r\n';
    const request = 'GET /ari/channels HTTP/1.1\r\n';
    await events.asks(upgrade);
    await rest.asks(request);
    shared.hurt('refuse', 'events');
    await until(() => events.ended === 'error');
    expect(await rest.asks('more')).to.equal('more');
    const again = await client(shared.port);
    again.socket.write(upgrade);
    await until(() => again.ended === 'error');
    expect(await (await client(shared.port)).asks(request)).to.equal(request);
    await shared.heal();
    expect(await (await client(shared.port)).asks(upgrade)).to.equal(upgrade);
    for (const { socket } of clients) socket.destroy();
    await shared.close();
  });
});
