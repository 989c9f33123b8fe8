import { expect } from 'chai';
import { grpcAddress } from '../../../src/adapters/grpc/grpc-address.js';

describe('the address of a gRPC server', () => {
  it('is encrypted anywhere with grpcs', () => {
    expect(grpcAddress('grpcs://speech.example.com:50051', '')).to.deep.equal({ authority: 'speech.example.com:50051', encrypted: true });
  });

  for (const [url, networks] of [
    ['grpc://127.0.0.1:50051', ''], ['grpc://127.9.9.9:50051', ''], ['grpc://localhost:50051', ''], ['grpc://[::1]:50051', ''],
    ['grpc://10.20.3.4:50051', '192.168.0.0/16, 10.20.0.0/16'], ['grpc://[fd00::7]:50051', 'fd00::/8'],
  ] as const) {
    it(`may be unencrypted at ${url}${networks === '' ? '' : ` where ${networks} is trusted`}`, () => {
      expect(grpcAddress(url, networks)).to.deep.equal({ authority: url.slice('grpc://'.length), encrypted: false });
    });
  }

  for (const [url, networks] of [
    ['grpc://10.20.3.4:50051', ''], ['grpc://10.21.3.4:50051', '10.20.0.0/16'], ['grpc://speech.example.com:50051', '0.0.0.0/0'], ['grpc://[::2]:50051', ''],
  ] as const) {
    it(`must not be unencrypted at ${url}${networks === '' ? '' : ` where ${networks} is trusted`}`, () => {
      expect(() => grpcAddress(url, networks)).to.throw(/without encryption/u);
    });
  }

  for (const url of ['https://127.0.0.1:50051', 'grpc://127.0.0.1', 'speech', 'grpcs://:50051']) {
    it(`is not ${url}`, () => {
      expect(() => grpcAddress(url, '')).to.throw();
    });
  }

  for (const networks of ['10.0.0.0', '10.0.0.0/33', 'here/8']) {
    it(`does not trust ${networks}`, () => {
      expect(() => grpcAddress('grpc://10.0.0.1:50051', networks)).to.throw(/no network/u);
    });
  }
});
