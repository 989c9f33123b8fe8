import { recordingRefusalsContract } from '../../contract/recording-refusals.contract.js';
import { recordingStoreContract } from '../../contract/recording-store.contract.js';
import { MemoryRecordingRefusals } from './memory-recording-refusals.js';
import { MemoryRecordingStore } from './memory-recording-store.js';

describe('MemoryRecordingStore', () => {
  recordingStoreContract(() => Promise.resolve(new MemoryRecordingStore()));
});

describe('MemoryRecordingRefusals', () => {
  recordingRefusalsContract(() => Promise.resolve(new MemoryRecordingRefusals()));
});
