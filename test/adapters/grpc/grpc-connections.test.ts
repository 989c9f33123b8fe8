import { expect } from 'chai';
import { SynthesisClient } from '../../../src/adapters/grpc/generated/voicegateway/speech/v1/synthesis.js';
import { GrpcConnections, type GrpcLease } from '../../../src/adapters/grpc/grpc-connections.js';
import { isPortError } from '../../../src/application/ports/port-error.js';
import { OnpremServer } from '../../support/servers/speech/onprem-server.js';
import { until } from '../../support/until.js';

const USERS_PER_CONNECTION = 80;

describe('gRPC connections', () => {
  let server: OnpremServer;
  let loads: number;
  let connections: GrpcConnections<SynthesisClient>;
  const leases = (count: number): Promise<readonly GrpcLease<SynthesisClient>[]> => Promise.all(Array.from({ length: count }, () => connections.lease()));
  const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'none', (error: unknown) => (isPortError(error) ? error.code : error));

  beforeEach(async () => {
    server = await OnpremServer.start();
    loads = 0;
    connections = new GrpcConnections({
      server: { url: `grpc://${server.authority}`, trustedNetworks: '', token: '', ca: '', cert: '', key: '', serverName: '', connectTimeoutMs: 2000 },
      port: 'text-to-speech', service: 'voicegateway.speech.v1.Synthesis',
      load: () => {
        loads += 1;
        return Promise.resolve(SynthesisClient);
      },
    });
  });
  afterEach(async () => {
    connections.close();
    await server.stop();
  });

  it('are not made before they are needed, and shared then', async () => {
    expect([loads, server.connections]).to.deep.equal([0, 0]);
    const [one, other] = await leases(2);
    expect(one?.client).to.equal(other?.client);
    expect([loads, server.connections, server.checks.length]).to.deep.equal([1, 1, 1]);
  });

  it('are as many as their users need; the last one stays', async () => {
    const held = await leases(2 * USERS_PER_CONNECTION + 1);
    expect(server.connections).to.equal(3);
    for (const { release } of [...held, ...held]) release();
    await until(() => server.connections === 1);
    const [again] = await leases(1);
    expect(server.checks).to.have.length(3);
    again?.release();
  });

  it('are tried again after a server could not be reached', async () => {
    server.fault = { kind: 'refuse' };
    expect(await codeOf(connections.lease())).to.equal('text-to-speech/unavailable');
    server.fault = { kind: 'well' };
    expect(await codeOf(connections.lease())).to.equal('none');
  });

  it('are given to nobody once closed, not even those on their way', async () => {
    const early = codeOf(connections.lease());
    connections.close();
    expect(await early).to.equal('text-to-speech/unavailable');
    expect(await codeOf(connections.lease())).to.equal('text-to-speech/unavailable');
    await until(() => server.connections === 0);
  });
});
