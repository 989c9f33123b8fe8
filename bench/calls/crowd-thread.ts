/** Entry of the thread in which a crowd of callers lives: sleeps to the next 5 ms, listens, speaks. */
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { monotonicNowMs } from '../../src/adapters/native/monotonic-clock.js';
import { setThreadNice, setThreadRealTime } from '../../src/adapters/native/thread-priority.js';
import { workerInput } from '../../src/adapters/native/worker-input.js';
import { Crowd, PHASES } from './crowd.js';
import type { CrowdCommand, CrowdInput } from './crowd-protocol.js';

const STEP_MS = 5;
/** After a standstill the callers go on from now instead of catching up. */
const CATCH_UP_MS = 200;

const port = parentPort;
if (!setThreadRealTime()) setThreadNice(-15); // the measuring instrument goes before what is measured; without the right to it nothing changes
if (port === null) throw new Error('crowd-thread is the entry of a worker');
const crowd = new Crowd(workerInput() as CrowdInput, (event) => { port.postMessage(event); });
const sleeper = new Int32Array(new SharedArrayBuffer(4));
port.postMessage({ type: 'ready', port: crowd.socket.port });

let nextMs = monotonicNowMs();
for (let phase = 0; ;) {
  let stopped = false;
  for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
    const command = message.message as CrowdCommand;
    if (command.type === 'stop') stopped = true;
    else crowd.obey(command, Date.now());
  }
  if (stopped) break;
  crowd.listen();
  for (let nowMs = monotonicNowMs(); nextMs <= nowMs; nextMs += STEP_MS) {
    if (nowMs - nextMs > CATCH_UP_MS) nextMs = nowMs;
    crowd.speak(phase, Date.now()); // kernel times of arrival are of this clock
    phase = (phase + 1) % PHASES;
  }
  Atomics.wait(sleeper, 0, 0, Math.max(0, nextMs - monotonicNowMs()));
}
crowd.socket.close();
