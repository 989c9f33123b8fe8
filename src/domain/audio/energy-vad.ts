import { dbfs, rms } from './level.js';
import type { FrameClassifier } from './vad.js';

/** Voice stands this far above the noise of the line. */
const MARGIN_DB = 9;
/** Nothing quieter than this is taken for voice, however quiet the line. */
const VOICE_MIN_DBFS = -46;
const FLOOR_START_DBFS = -60;
const FLOOR_MIN_DBFS = -80;
/** The floor follows a quieter line at once and a louder one slowly, so that speech does not lift it. */
const FLOOR_FALL = 0.25;
const FLOOR_RISE_DB_PER_FRAME = 0.04;

/** Voice by loudness above an adaptive noise floor: needs nothing, and stands in when no better classifier loads. */
export class EnergyVad implements FrameClassifier {
  private floorDbfs = FLOOR_START_DBFS;

  isVoiced(frame: Int16Array): boolean {
    const level = dbfs(rms(frame));
    const voiced = level > Math.max(this.floorDbfs + MARGIN_DB, VOICE_MIN_DBFS);
    if (level < this.floorDbfs) this.floorDbfs += (Math.max(level, FLOOR_MIN_DBFS) - this.floorDbfs) * FLOOR_FALL;
    else this.floorDbfs += FLOOR_RISE_DB_PER_FRAME;
    return voiced;
  }

  reset(): void {
    this.floorDbfs = FLOOR_START_DBFS;
  }

  close(): void {
    this.reset(); // holds nothing
  }
}
