/** What this project needs from the machine: read by setup (which brings it) and doctor (which looks). */

/** @type {readonly [number, number]} major, minor */
export const NODE_MIN = [20, 20];

/** Debian packages, each with the reason we want it; `program`: nothing is installed where that is there already, from wherever. */
export const APT_PACKAGES = Object.freeze([
  { name: 'libflite1', why: 'text to speech, English voices' },
  { name: 'libespeak-ng1', why: 'text to speech, other languages' },
  { name: 'libpocketsphinx3', why: 'speech to text' },
  { name: 'pocketsphinx-en-us', why: "the recogniser's English model" },
  { name: 'sip-tester', why: 'SIPp, the scripted SIP callers of the tests' },
  { name: 'redis-server', why: 'state shared between nodes, and the tests of it' },
  { name: 'bzip2', why: 'unpacks models (make models)' },
  { name: 'sox', why: 'looking at recordings by hand' },
  { name: 'flite', why: 'making speech by hand' },
  { name: 'espeak-ng', why: 'making speech by hand' },
  { name: 'default-jre-headless', why: 'runs the Kafka broker of the tests', program: 'java' },
  { name: 'maven', why: 'fetches that broker', program: 'mvn' },
]);

/** Libraries the gateway opens in its own process; `probe` is a symbol that must be there. */
export const NATIVE_LIBRARIES = Object.freeze([
  { file: 'libflite.so.1', probe: 'flite_init', package: 'libflite1' },
  { file: 'libflite_cmu_us_kal16.so.1', probe: 'register_cmu_us_kal16', package: 'libflite1' },
  { file: 'libespeak-ng.so.1', probe: 'espeak_Initialize', package: 'libespeak-ng1' },
  { file: 'libpocketsphinx.so.3', probe: 'ps_init', package: 'libpocketsphinx3' },
]);

export const DISK_FREE_BYTES_MIN = 1_000_000_000;

/** @param {string} version as in process.versions.node */
export function nodeRecentEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
}

/** The recogniser's acoustic model, where pocketsphinx-en-us puts it. */
export const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';

/** About a dozen descriptors per call in Asterisk and gateway together, for 300 calls. */
export const OPEN_FILES_MIN = 4096;
