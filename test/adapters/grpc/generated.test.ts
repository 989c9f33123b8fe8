import { readFileSync } from 'node:fs';
import { FINGERPRINT_FILE, fingerprint } from '#tools/proto/fingerprint.mjs';
import { expect } from 'chai';

describe('the gRPC stubs', () => {
  it('are what npm run proto made of proto/, and neither was changed since', () => {
    expect(fingerprint()).to.deep.equal(JSON.parse(readFileSync(FINGERPRINT_FILE, 'utf8')));
  });
});
