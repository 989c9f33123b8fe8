import koffi from 'koffi';
import { openLibrary } from './open-library.js';

/**
 * The few system calls the media thread needs, and their constants on Linux (the same on x86-64 and arm64).
 * Declared once per thread, because koffi keeps its functions per thread.
 */
export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number;
  setsockopt(fd: number, level: number, name: number, value: Int32Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Int32Array, length: Uint32Array): number;
  recvmmsg(fd: number, messages: bigint, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: bigint, count: number, flags: number): number;
  close(fd: number): number;
  gettid(): number;
  getpriority(which: number, who: number): number;
  setpriority(which: number, who: number, nice: number): number;
  sched_setscheduler(pid: number, policy: number, parameters: Int32Array): number;
}

export const LINUX = {
  AF_INET: 2,
  SOCK_DGRAM: 2,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  SO_SNDBUF: 7,
  SO_RCVBUFFORCE: 33,
  SO_MEMINFO: 55,
  MSG_DONTWAIT: 0x40,
  MSG_TRUNC: 0x20,
  EINTR: 4,
  EAGAIN: 11,
  PRIO_PROCESS: 0,
} as const;

let calls: SystemCalls | undefined;

/** @throws PortError `native/library-missing` where there is no such C library: macOS, Windows. */
export function systemCalls(): SystemCalls {
  calls ??= declare();
  return calls;
}

/** `errno` of the latest call of this thread. */
export function lastErrno(): number {
  return koffi.errno();
}

function declare(): SystemCalls {
  const libc = openLibrary({ sonames: ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'], debianPackage: 'libc6' });
  const call = (prototype: string): unknown => libc.func(prototype);
  return {
    socket: call('int socket(int domain, int type, int protocol)'),
    bind: call('int bind(int fd, const void *address, uint32_t length)'),
    getsockname: call('int getsockname(int fd, void *address, uint32_t *length)'),
    setsockopt: call('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
    getsockopt: call('int getsockopt(int fd, int level, int name, void *value, uint32_t *length)'),
    recvmmsg: call('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)'),
    sendmmsg: call('int sendmmsg(int fd, void *messages, uint32_t count, int flags)'),
    close: call('int close(int fd)'),
    gettid: call('int gettid()'),
    getpriority: call('int getpriority(int which, uint32_t who)'),
    setpriority: call('int setpriority(int which, uint32_t who, int nice)'),
    sched_setscheduler: call('int sched_setscheduler(int pid, int policy, const void *parameters)'),
  } as SystemCalls;
}
