import { telephonyContract } from '../../contract/telephony.contract.js';
import { openAsteriskWorld } from './asterisk-world.js';

describe('AsteriskTelephony', () => {
  describe('with an Asterisk whose events come before its answers', () => {
    telephonyContract(() => openAsteriskWorld({ entry: 'before' }), { keepsTime: true, wideband: true });
  });

  describe('with an Asterisk whose answers come before its events', () => {
    telephonyContract(() => openAsteriskWorld({ entry: 'after', entryDelayMs: 15 }), { keepsTime: true, wideband: true });
  });

  describe('with an Asterisk too old for wideband over RTP', () => {
    telephonyContract(() => openAsteriskWorld({ version: '20.5.2' }), { keepsTime: true, wideband: false });
  });
});
