import { expect } from 'chai';
import { variableOf } from '../../src/config/environment.js';
import { GATEWAY_SCHEMA } from '../../src/config/gateway-schema.js';
import { leavesOf } from '../../src/config/schema-tree.js';
import { showPath } from '../../src/config/setting-path.js';
import { AGENT_SCHEMA, DID_SCHEMA, TENANT_SCHEMA } from '../../src/config/tenant-schema.js';

/** What a number is counted in. */
const UNIT = /(?:Ms|Bytes|Max|Workers|[pP]ort|PerMinute|Days)$/u;

describe('the settings', () => {
  const gateway = leavesOf(GATEWAY_SCHEMA);
  const all = [...gateway, ...leavesOf(TENANT_SCHEMA), ...leavesOf(AGENT_SCHEMA), ...leavesOf(DID_SCHEMA)];

  it('have a sentence each of what they do', () => {
    for (const { path, meta } of all) expect(meta.doc, showPath(path)).to.match(/^[A-Z].*\.$/u);
  });

  it('have the unit at the end of the name wherever they are numbers', () => {
    for (const { path, meta } of all) if (meta.kind === 'integer') expect(showPath(path)).to.match(UNIT);
  });

  it('have one variable each, of capitals and underscores', () => {
    const variables = gateway.map(({ path }) => variableOf(path));
    expect(new Set(variables).size).to.equal(variables.length);
    for (const variable of variables) expect(variable).to.match(/^VG_[A-Z0-9]+(?:_[A-Z0-9]+)+$/u).and.not.to.match(/_FILE$/u);
  });

  it('are reached by names that can be worked out', () => {
    expect(variableOf(['asterisk', 'ariUrl'])).to.equal('VG_ASTERISK_ARI_URL');
    expect(variableOf(['speech', 'local', 'decodersMax'])).to.equal('VG_SPEECH_LOCAL_DECODERS_MAX');
    expect(variableOf(['speech', 'ttsCacheBytesMax'])).to.equal('VG_SPEECH_TTS_CACHE_BYTES_MAX');
  });

  it('have defaults that they accept themselves', () => {
    for (const { path, schema, meta } of gateway) {
      const fallback = schema.safeParse(undefined);
      if (fallback.success && meta.kind !== 'secret') expect(schema.safeParse(fallback.data).success, showPath(path)).to.equal(true);
    }
  });
});
