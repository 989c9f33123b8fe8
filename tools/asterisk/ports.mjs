/** Which ports are free, and a way for several test runs at once to agree on who takes which. */
import { createSocket } from 'node:dgram';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { processIdentity, sameProcess } from './process-identity.mjs';

const BLOCK_PORTS = 500;
const BLOCKS_FROM = 15_000;
const BLOCKS_TO = 19_000;
const CLAIM_ATTEMPTS_MAX = 40;
/** The first ports of a block are for signalling, the rest is for RTP. */
const SIGNALLING_PORTS = 20;

/** @returns {Promise<boolean>} whether nothing listens on this TCP port */
export function tcpPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => { resolve(false); });
    server.listen({ port, host, exclusive: true }, () => { server.close(() => { resolve(true); }); });
  });
}

/** @returns {Promise<boolean>} whether nothing is bound to this UDP port */
export function udpPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => { socket.close(); resolve(false); });
    socket.bind({ port, address: host, exclusive: true }, () => { socket.close(() => { resolve(true); }); });
  });
}

/**
 * @typedef {object} PortBlock
 * @property {number} ariPort
 * @property {number} sipPort
 * @property {number} callerSipPort
 * @property {number} firstSparePort ports up to rtpStart are free for the test's own use
 * @property {number} rtpStart
 * @property {number} rtpEnd
 * @property {() => Promise<void>} release
 */

/**
 * Claims a block of ports for one Asterisk. A claim is a file that names the
 * claiming process, so runs of several people on one machine do not collide
 * and a crashed run does not keep its block.
 *
 * @param {{ rtpPorts?: number, from?: number, to?: number }} [options]
 * @returns {Promise<PortBlock>}
 */
export async function claimPortBlock({ rtpPorts = BLOCK_PORTS - SIGNALLING_PORTS, from = BLOCKS_FROM, to = BLOCKS_TO } = {}) {
  const size = Math.ceil((rtpPorts + SIGNALLING_PORTS) / BLOCK_PORTS);
  const count = Math.floor((to - from) / BLOCK_PORTS) - size + 1;
  if (count < 1) throw new Error(`${String(rtpPorts)} RTP ports do not fit between ${String(from)} and ${String(to)}`);
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt += 1) {
    const base = from + BLOCK_PORTS * Math.floor(Math.random() * count);
    const claim = await claimBlocks(base, size);
    if (!claim) continue;
    const block = layOut(base, size);
    if (await blockUsable(block)) return { ...block, release: claim };
    await claim();
  }
  throw new Error(`no free block of ports between ${String(from)} and ${String(to)}`);
}

function layOut(base, size) {
  return {
    ariPort: base, sipPort: base + 1, callerSipPort: base + 2, firstSparePort: base + 3,
    rtpStart: base + SIGNALLING_PORTS, rtpEnd: base + size * BLOCK_PORTS - 1,
  };
}

async function blockUsable({ ariPort, sipPort, callerSipPort, rtpStart }) {
  const free = await Promise.all([
    tcpPortFree(ariPort), udpPortFree(sipPort), udpPortFree(callerSipPort), udpPortFree(rtpStart),
  ]);
  return free.every(Boolean);
}

/** @returns {Promise<(() => Promise<void>) | undefined>} gives all back; undefined when one was taken */
async function claimBlocks(base, size) {
  const files = [];
  const release = async () => { for (const file of files) await rm(file, { force: true }); };
  for (let index = 0; index < size; index += 1) {
    const file = await claimFile(base + index * BLOCK_PORTS);
    if (!file) { await release(); return undefined; }
    files.push(file);
  }
  return release;
}

async function claimFile(port) {
  const dir = path.join(os.tmpdir(), 'voice-gateway-ports');
  await mkdir(dir, { recursive: true });
  const file = path.join(dir, `${String(port)}.json`);
  const holder = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (holder !== undefined) {
    if (sameProcess(holder)) return undefined;
    await rm(file, { force: true }); // its process is gone
  }
  const handle = await open(file, 'wx').catch(() => undefined);
  if (!handle) return undefined;
  await handle.writeFile(JSON.stringify(processIdentity(process.pid)));
  await handle.close();
  return file;
}
