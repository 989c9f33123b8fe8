import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { AsteriskInstance } from '../support/servers/asterisk-instance.js';
import { sameProcess } from '#tools/asterisk/process-identity.mjs';

const START_TIMEOUT_MS = 30_000;

describe('AsteriskInstance', function () {
  this.timeout(START_TIMEOUT_MS);
  let asterisk: AsteriskInstance;

  before(async () => { asterisk = await AsteriskInstance.start(); });
  after(async () => { await asterisk.stop(); });

  it('answers ARI, with no channel, no bridge and no media socket at first', async () => {
    expect(await asterisk.channels()).to.deep.equal([]);
    expect(await asterisk.bridges()).to.deep.equal([]);
    expect(await asterisk.rtpSocketCount()).to.equal(0);
  });

  it('loads every module of modules.conf without a complaint', async () => {
    const complaints = (await asterisk.log()).split('\n').filter((line) => / (WARNING|ERROR)\[/.test(line));
    expect(complaints).to.deep.equal([]);
  });

  it('refuses the wrong password', async () => {
    const response = await fetch(`${asterisk.ariUrl}/channels`, { headers: { authorization: 'Basic Z2F0ZXdheTp3cm9uZw==', connection: 'close' } });
    await response.text();
    expect(response.status).to.equal(401);
  });

  it('opens a socket for a media leg and closes it with the leg', async () => {
    const events = new WebSocket(`${asterisk.ariUrl.replace('http', 'ws')}/events?app=probe&api_key=${asterisk.username}:${asterisk.password}`);
    await once(events, 'open');
    await asterisk.request('POST', 'channels/externalMedia?channelId=leg&app=probe&external_host=127.0.0.1:9&format=ulaw');
    const open = await asterisk.rtpSocketCount();
    await asterisk.request('DELETE', 'channels/leg');
    events.close();
    await once(events, 'close');
    expect(open).to.equal(1); // RTP; a UnicastRTP channel has no RTCP
    expect(await asterisk.untilIdle()).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });

  it('lives beside another one', async () => {
    const other = await AsteriskInstance.start();
    try {
      expect(await other.channels()).to.deep.equal([]);
      expect(other.ariUrl).to.not.equal(asterisk.ariUrl);
    } finally {
      await other.stop();
    }
    expect(await asterisk.channels()).to.deep.equal([]);
  });

  it('is gone after kill and back on the same ports after restart', async () => {
    const pid = asterisk.pid;
    await asterisk.kill();
    expect(await asterisk.channels().then(() => 'answered', () => 'gone')).to.equal('gone');
    await asterisk.restart();
    expect(asterisk.pid).to.not.equal(pid);
    expect(await asterisk.channels()).to.deep.equal([]);
  });

  it('keeps its passwords from other users of the machine', async () => {
    const { mode } = await stat(`${asterisk.runDir}/etc/ari.conf`);
    expect(mode & 0o077).to.equal(0);
    expect(await readFile(`${asterisk.runDir}/etc/ari.conf`, 'utf8')).to.contain(asterisk.password);
  });

  it('leaves no process behind', async () => {
    const other = await AsteriskInstance.start();
    const identity = JSON.parse(await readFile(`${other.runDir}/instance.json`, 'utf8')) as { pid: number; startTicks: number };
    await other.stop();
    expect(sameProcess(identity)).to.equal(false);
  });
});
