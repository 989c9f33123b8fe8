import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { CONF_DIR } from '#tools/asterisk/instance.mjs';
import { renderDirectory, renderTemplate } from '#tools/asterisk/render-conf.mjs';

describe('renderTemplate', () => {
  it('fills in values, and defaults where there is none', () => {
    expect(renderTemplate('a=${VG_A:-1} b=${VG_B:-2}', { VG_A: 'x' }, 'f')).to.equal('a=x b=2');
  });

  it("leaves Asterisk's own variables alone", () => {
    const own = '${EXTEN} ${FILTER(0-9,${EXTEN})} ${VGX} $["${STASISSTATUS}" = "FAILED"]';
    expect(renderTemplate(own, {}, 'f')).to.equal(own);
  });

  it('takes an empty default and an empty value', () => {
    expect(renderTemplate('[${VG_A:-}${VG_B:-x}]', { VG_B: '' }, 'f')).to.equal('[]');
  });

  it('refuses a placeholder that has neither value nor default, naming file and placeholder', () => {
    expect(() => renderTemplate('password = ${VG_ARI_PASSWORD}', {}, 'ari.conf')).to.throw('ari.conf: no value for ${VG_ARI_PASSWORD}');
  });

  for (const [what, value] of [['a line break', 'a\npermit=all'], ['a comment', 'a;b']] as const) {
    it(`refuses a value that brings ${what} into a configuration file`, () => {
      expect(() => renderTemplate('${VG_A}', { VG_A: value }, 'f')).to.throw('VG_A');
    });
  }
});

describe('asterisk-conf', () => {
  let dir: string;
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'vg-conf-')); });
  afterEach(async () => { await rm(dir, { recursive: true, force: true }); });

  it('needs only the two passwords to be complete', async () => {
    await renderDirectory(CONF_DIR, path.join(dir, 'etc'), { VG_ARI_PASSWORD: 'p', VG_SOFTPHONE_PASSWORD: 'q' });
    const names = await readdir(path.join(dir, 'etc'));
    expect(names).to.include.members(['asterisk.conf', 'extensions.conf', 'pjsip.conf', 'ari.conf', 'http.conf', 'rtp.conf', 'modules.conf']);
    for (const name of names) {
      expect(await readFile(path.join(dir, 'etc', name), 'utf8'), name).not.to.match(/\$\{VG_[A-Z]/);
    }
  });

  it('holds no password', async () => {
    for (const name of await readdir(CONF_DIR)) {
      for (const [line] of (await readFile(path.join(CONF_DIR, name), 'utf8')).matchAll(/^\s*(?:password|secret)\s*=.*$/gm)) {
        expect(line, name).to.match(/= \$\{VG_[A-Z_]+\}$/);
      }
    }
  });

  it('lets what callers send reach the dialplan only through FILTER', async () => {
    const dialplan = await readFile(path.join(CONF_DIR, 'extensions.conf'), 'utf8');
    const code = dialplan.split('\n').filter((line) => !line.startsWith(';'));
    const raw = code.filter((line) => /\$\{EXTEN\}|PJSIP_HEADER|CALLERID/.test(line) && !/FILTER\(/.test(line));
    // The one exception compares the length of the number with that of its filtered self: lengths are figures.
    expect(raw.map((line) => line.trim())).to.deep.equal(['DID', 'NUMBER'].map((name) => `same => n,GotoIf($[\${LEN(\${${name}})} != \${LEN(\${EXTEN})}]?invalid)`));
  });
});
