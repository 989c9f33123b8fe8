import { expect } from 'chai';
import { STREAMS_OF_CLIENT_MAX } from '../../../../src/adapters/http/api/limits/stream-places.js';
import { tenantId } from '../../../../src/domain/shared/ids.js';
import { aDomainEvent } from '../../../support/builders/a-domain-event.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { ApiScene } from '../../../support/servers/api-scene.js';

/** Events of a stream, read one after the other. */
class Listening {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private text = '';

  constructor(private readonly response: Response) {
    this.reader = response.body!.getReader();
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      const { value, done } = await this.reader.read();
      if (done) throw new Error(`the stream ended with ${this.response.status}: ${this.text}`);
      this.text += Buffer.from(value).toString('utf8');
    }
    return this.text;
  }

  /** All there is until the stream ends. */
  async rest(): Promise<string> {
    for (let next = await this.reader.read(); !next.done; next = await this.reader.read()) this.text += Buffer.from(next.value).toString('utf8');
    return this.text;
  }

  async leave(): Promise<void> {
    await this.reader.cancel();
  }
}

describe('The event stream of the API', () => {
  const TENANT = tenantId('north-bank');
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    await scene.open();
  });
  afterEach(async () => {
    await scene.close();
  });

  const listen = async (headers: Readonly<Record<string, string>> = {}): Promise<Listening> =>
    new Listening(await fetch(`${scene.url}/api/v1/events`, { headers: { connection: 'close', authorization: `Bearer ${scene.token('viewer')}`, ...headers } }));

  it('is taken up where it was left, by the id that it gave itself', async () => {
    const first = await listen();
    await first.until(/event: current/u);
    scene.application.feed.publish([aDomainEvent(undefined, { tenantId: TENANT, sequence: 1 })]);
    const id = /^id: (.+)$/mu.exec(await first.until(/^id: .+\n(?:.+\n)+\n/mu))?.[1] ?? '';
    await first.leave();
    scene.application.feed.publish([aDomainEvent(undefined, { tenantId: TENANT, sequence: 2 })]);
    const second = await listen({ 'last-event-id': id });
    const told = await second.until(/event: current/u);
    expect(told).not.to.include('event: gap');
    expect(told).to.include('"sequence":2').and.not.include('"sequence":1');
    await second.leave();
  });

  it('ends at once with the server, and says so, so that its clients come back elsewhere', async () => {
    const clock = new VirtualClock(); // the deadline that cuts connections never comes
    const ending = new ApiScene({ clock });
    await ending.open();
    const open = async (): Promise<Listening> => new Listening(await fetch(`${ending.url}/api/v1/events`, { headers: { authorization: `Bearer ${ending.token('viewer')}` } }));
    const listening = [await open(), await open()];
    for (const one of listening) await one.until(/event: current/u);
    await ending.close();
    for (const one of listening) expect(await one.rest()).to.match(/\nretry: 2000\n: this node is ending, come back\n\n$/u);
  });

  it('has so many listeners of one tenant at most, and others still get in', async () => {
    const open: Listening[] = [];
    for (let count = 0; count < STREAMS_OF_CLIENT_MAX; count += 1) open.push(await listen());
    await open.at(-1)?.until(/event: current/u);
    const refused = await scene.ask('GET', '/api/v1/events', { token: scene.token('viewer') });
    expect(refused.status).to.equal(429);
    expect(refused.body).to.include({ code: 'too-many-requests', reason: 'streams' });
    const others = await fetch(`${scene.url}/api/v1/events`, { headers: { connection: 'close', authorization: `Bearer ${scene.token('viewer', 'harbour-grill')}` } });
    expect(others.status).to.equal(200);
    await others.body?.cancel();
    for (const one of open) await one.leave();
    for (let status = 429; status === 429;) { // the places are free when the server has seen them go
      const again = await fetch(`${scene.url}/api/v1/events`, { headers: { connection: 'close', authorization: `Bearer ${scene.token('viewer')}` } });
      ({ status } = again);
      await again.body?.cancel();
    }
  });
});
