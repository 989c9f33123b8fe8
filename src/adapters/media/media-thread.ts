import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { FrameClassifierFactory } from '../../domain/audio/vad.js';
import { monotonicNowMs } from '../native/monotonic-clock.js';
import { workerInput } from '../native/worker-input.js';
import type { BatchedPacketIo } from './batched-packet-io.js';
import { DgramPacketIo } from './dgram-packet-io.js';
import { planeWords } from './leg-memory.js';
import { MediaEngine } from './media-engine.js';
import { runBlocking, runOnTimers, type MediaLoopOptions } from './media-loop.js';
import type { MediaCommand, MediaReport, MediaThreadInput } from './media-protocol.js';
import { MediaSchedule } from './media-schedule.js';
import type { DatagramReceiver, PacketIo } from './packet-io.js';
import { rehearse } from './rehearsal.js';

/** Niceness asked for when priority may be raised: before ordinary threads, far from what the kernel needs itself. */
const RAISED_NICE = -10;

interface OpenedIo {
  readonly io: PacketIo;
  readonly fallbackReason: string;
}

/**
 * The whole life of the media thread: opens the socket, reports `ready` or `failed`, works until told to stop.
 * Called by the worker's entry module, which brings the voice classifiers.
 */
export async function runMediaThread(classifiers: FrameClassifierFactory): Promise<void> {
  if (parentPort === null) throw new Error('the media thread is started as a worker');
  const port = parentPort;
  const input = workerInput() as MediaThreadInput;
  const report = (message: MediaReport): void => { port.postMessage(message); };
  const engine = new MediaEngine({ memory: input.memory, maxLegs: input.maxLegs, classifiers, report, nowMs: monotonicNowMs });
  let opened: OpenedIo;
  try {
    opened = await openIo(input, (datagram) => { engine.receive(datagram); });
  } catch (error) {
    report(failure(error));
    return;
  }
  const { io, fallbackReason } = opened;
  if (input.rehearse) rehearse(classifiers);
  const raisedPriority = input.raisePriority && await raisePriority();
  report({ type: 'ready', io: io.kind, localPort: io.localPort, receiveBufferBytes: io.receiveBufferBytes, raisedPriority, fallbackReason });
  await runLoop(loopOptions(input, engine, io, port));
  engine.closeAll();
  await io.close();
  report({ type: 'stopped' });
}

function loopOptions(input: MediaThreadInput, engine: MediaEngine, io: PacketIo, port: MessagePort): MediaLoopOptions {
  const words = planeWords(input.memory);
  const schedule = new MediaSchedule(engine, io, words, monotonicNowMs());
  const obey = (): boolean => {
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
      const command = message.message as MediaCommand;
      if (command.type === 'stop') return false;
      engine.execute(command);
    }
    return true;
  };
  return { engine, schedule, io, words, nowMs: monotonicNowMs, obey };
}

async function runLoop(options: MediaLoopOptions): Promise<void> {
  if (options.io.kind === 'batched') runBlocking(options);
  else await runOnTimers(options);
}

async function openIo(input: MediaThreadInput, receiver: DatagramReceiver): Promise<OpenedIo> {
  const options = { address: input.bindAddress, port: input.port, receiveBufferBytes: input.receiveBufferBytes };
  let fallbackReason = '';
  if (input.io !== 'dgram') {
    try {
      const { BatchedPacketIo: Batched } = await loadBatched();
      return { io: Batched.open(options, receiver), fallbackReason };
    } catch (error) {
      if (input.io === 'batched' || isBindError(error)) throw error;
      fallbackReason = error instanceof Error ? error.message : String(error); // told in `ready`: dgram works everywhere
    }
  }
  return { io: await DgramPacketIo.open(options, receiver), fallbackReason };
}

/** Imported late: where there is no prebuilt koffi, or no Linux, the import or the first call fails and dgram takes over. */
async function loadBatched(): Promise<{ readonly BatchedPacketIo: typeof BatchedPacketIo }> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new Error(`batched packets need 64-bit Linux, not ${process.platform} ${process.arch}`);
  }
  return import('./batched-packet-io.js');
}

async function raisePriority(): Promise<boolean> {
  try {
    const { setThreadNice, setThreadRealTime } = await import('../native/thread-priority.js');
    return setThreadRealTime() || setThreadNice(RAISED_NICE) === RAISED_NICE;
  } catch {
    return false; // not permitted or not there: `raisedPriority` in the statistics says so
  }
}

function isBindError(error: unknown): boolean {
  return error instanceof Error && (('call' in error && error.call === 'bind') || ('syscall' in error && error.syscall === 'bind'));
}

function failure(error: unknown): MediaReport {
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'failed', reason: isBindError(error) ? 'bind' : 'io', message };
}
