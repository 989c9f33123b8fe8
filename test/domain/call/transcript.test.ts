import { expect } from 'chai';
import { type TranscriptTurn, transcriptWith, TRANSCRIPT_TURNS_MAX, TURN_CHARACTERS_MAX } from '../../../src/domain/call/transcript.js';
import type { ConversationEvent } from '../../../src/domain/conversation/conversation-events.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

const said = (text: string): ConversationEvent => ({ ...EVERY_EVENT['stt.transcribed'], text });

describe('transcriptWith', () => {
  it('keeps the newest turns, oldest first', () => {
    let transcript: readonly TranscriptTurn[] = [];
    for (let turn = 1; turn <= TRANSCRIPT_TURNS_MAX + 7; turn += 1) transcript = transcriptWith(transcript, said(`turn ${turn}`));
    expect(transcript).to.have.lengthOf(TRANSCRIPT_TURNS_MAX);
    expect(transcript[0]?.text).to.equal('turn 8');
    expect(transcript.at(-1)?.text).to.equal(`turn ${TRANSCRIPT_TURNS_MAX + 7}`);
  });

  it('cuts a turn that is too long', () => {
    const [turn] = transcriptWith([], said('x'.repeat(TURN_CHARACTERS_MAX + 1)));
    expect(turn?.text).to.have.lengthOf(TURN_CHARACTERS_MAX);
    expect(turn?.text.endsWith('…')).to.equal(true);
  });

  it('tells that digits were entered, never which', () => {
    const [turn] = transcriptWith([], { ...EVERY_EVENT['stt.transcribed'], text: '', via: 'digits', digitCount: 4 });
    expect(turn?.text).to.equal('(4 digits by keypad)');
  });

  it('is the same one when nothing was said', () => {
    const transcript = transcriptWith([], said('hello'));
    expect(transcriptWith(transcript, EVERY_EVENT['tts.generated'])).to.equal(transcript);
    expect(transcriptWith(transcript, { ...EVERY_EVENT['turn.completed'], said: '' })).to.equal(transcript);
  });
});
