import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { claimPortBlock, tcpPortFree, udpPortFree } from '#tools/asterisk/ports.mjs';

const FROM = 15_000;
const TO = 19_000;

describe('claimPortBlock', () => {
  it('gives two claimants different ports, and none twice', async () => {
    const blocks = await Promise.all([claimPortBlock({ from: FROM, to: TO }), claimPortBlock({ from: FROM, to: TO })]);
    const [a, b] = blocks;
    await Promise.all(blocks.map((block) => block.release()));
    expect(a.rtpEnd < b.ariPort || b.rtpEnd < a.ariPort).to.equal(true);
    expect(new Set([a.ariPort, a.sipPort, a.callerSipPort, a.firstSparePort, a.rtpStart]).size).to.equal(5);
  });

  it('has room for as many RTP ports as asked', async () => {
    const block = await claimPortBlock({ rtpPorts: 900, from: FROM, to: TO });
    await block.release();
    expect(block.rtpEnd - block.rtpStart + 1).to.be.at.least(900);
  });

  it('refuses what cannot fit', async () => {
    const refusal = await claimPortBlock({ rtpPorts: 10_000, from: FROM, to: TO }).catch((error: unknown) => error);
    expect(String(refusal)).to.contain('do not fit');
  });

  it('takes over the claim of a process that is gone', async () => {
    const from = await unusedPort();
    const claim = path.join(os.tmpdir(), 'voice-gateway-ports', `${from}.json`);
    await mkdir(path.dirname(claim), { recursive: true });
    await writeFile(claim, JSON.stringify({ pid: 1, startTicks: -1 }));
    const block = await claimPortBlock({ from, to: from + 500 });
    await block.release();
    expect(block.ariPort).to.equal(from);
  });

  it('keeps off a block where somebody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const from = portOf(server);
    const refusal = await claimPortBlock({ from, to: from + 500 }).catch((error: unknown) => error);
    server.close();
    await once(server, 'close');
    expect(String(refusal)).to.contain('no free block');
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

describe('tcpPortFree and udpPortFree', () => {
  it('tell a taken port from a free one', async () => {
    const [server, socket] = [createServer().listen(0, '127.0.0.1'), createSocket('udp4')];
    socket.bind(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
    const [tcp, udp] = [portOf(server), socket.address().port];
    const taken = [await tcpPortFree(tcp), await udpPortFree(udp)];
    server.close();
    socket.close();
    await Promise.all([once(server, 'close'), once(socket, 'close')]);
    expect(taken).to.deep.equal([false, false]);
    expect([await tcpPortFree(tcp), await udpPortFree(udp)]).to.deep.equal([true, true]);
  });
});
