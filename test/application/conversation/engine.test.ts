import { expect } from 'chai';
import { buildEngine } from '../../../src/application/conversation/build-engine.js';
import type { Engine, EngineOutlet } from '../../../src/application/conversation/engine.js';
import type { ConversationEvent } from '../../../src/domain/conversation/conversation-events.js';
import { callId, conversationId, tenantId } from '../../../src/domain/shared/ids.js';
import { aProfile } from '../../support/builders/a-profile.js';
import { Discretion } from '../../../src/domain/privacy/discretion.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { MemoryVault } from '../../support/fakes/memory-vault.js';
import { MemoryLeg } from '../../support/fakes/memory-leg.js';
import { ScriptedAgent, text } from '../../support/fakes/scripted-agent.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { FakeSpeechToText } from '../../support/fakes/fake-speech-to-text.js';
import { FakeTextToSpeech } from '../../support/fakes/fake-text-to-speech.js';

class Room {
  readonly clock = new VirtualClock();
  readonly speechToText = new FakeSpeechToText();
  readonly textToSpeech = new FakeTextToSpeech();
  readonly leg = new MemoryLeg({ clock: this.clock });
  readonly agent = new ScriptedAgent({ clock: this.clock, replies: [[text('It is on its way.')]] });
  readonly events: ConversationEvent[] = [];
  readonly happened: string[] = [];
  readonly faults: unknown[] = [];
  recording: (event: ConversationEvent) => void = (event) => { this.events.push(event); };
  readonly outlet: EngineOutlet = {
    record: (event) => { this.recording(event); },
    awaitDigits: (awaited) => { this.happened.push(`await digits ${String(awaited?.request.max)}`); },
    sensitive: (on) => { this.happened.push(`sensitive ${String(on)}`); },
    escalate: (reason) => { this.happened.push(`escalate ${reason}`); },
    transfer: ({ target }) => { this.happened.push(`transfer ${target.kind}`); },
    connectTransfer: () => { this.happened.push('connect transfer'); },
    finish: (reason) => { this.happened.push(`finish ${reason}`); },
    fail: (error) => { this.faults.push(error); },
  };
  readonly engine: Engine;
  readonly vault = new MemoryVault();
  readonly ids = new SequentialIds();
  readonly speechUses = (): readonly never[] => [];

  constructor() {
    this.textToSpeech.msPerWord = 100;
    this.engine = buildEngine({ ports: this, profile: aProfile(), callId: callId('call-1'), tenantId: tenantId('north-bank'), log: silentLogger, outlet: this.outlet, discretion: new Discretion(), resumption: null });
  }

  async begun(): Promise<this> {
    this.engine.listener.attach(this.leg);
    this.engine.speaker.attach(this.leg);
    await this.agent.open({
      callId: callId('call-1'), tenantId: 't' as never, agentId: 'a' as never, language: 'en-US', direction: 'inbound', callerNumber: '', calleeNumber: '',
    }, new AbortController().signal);
    this.engine.post({ type: 'agent-opened', conversationId: conversationId('conversation-1'), greeting: null });
    this.engine.post({ type: 'media-ready' });
    await this.clock.run(1200);
    return this;
  }

  async shut(): Promise<void> {
    await this.engine.close();
    await this.leg.close();
    await this.clock.settle();
    expect(this.clock.pending, 'timers left').to.equal(0);
  }
}

describe('Engine', () => {
  let room: Room;
  beforeEach(async () => { room = await new Room().begun(); });
  afterEach(() => room.shut());

  it('carries a turn from the caller\'s voice to the agent\'s', async () => {
    room.engine.post({ type: 'caller-started', onsetAtMs: room.clock.nowMs() - 80 });
    await room.clock.run(800);
    room.engine.post({ type: 'caller-paused', lastVoicedAtMs: room.clock.nowMs() - 200 });
    await room.clock.run(300);
    expect(room.speechToText.stream.acts).to.deep.equal(['begin 380', 'end']);
    room.speechToText.stream.final('where is my card');
    await room.clock.run(2000);
    expect(room.agent.turns[0]!.input).to.deep.equal({ kind: 'speech', text: 'where is my card', confidence: 0.9 });
    expect(room.textToSpeech.texts).to.deep.equal(['Welcome to North Bank. How can I help you?', 'It is on its way.']);
    expect(room.engine.turns).to.equal(1);
    expect(room.events.map((event) => event.type)).to.deep.equal(['tts.generated', 'turn.completed', 'stt.transcribed', 'llm.responded', 'tts.generated', 'turn.completed']);
  });

  it('gives a stimulus the time at which it happened, when that was earlier', async () => {
    room.engine.post({ type: 'caller-started', onsetAtMs: 2000 }, 2080);
    await room.clock.run(500);
    room.engine.post({ type: 'caller-paused', lastVoicedAtMs: 2100 }, 2300); // its time is long over
    await room.clock.run(0);
    expect(room.speechToText.stream.acts).to.include('end');
  });

  it('fires the timers that were armed, and not those that were cancelled', async () => {
    await room.clock.run(4000);
    room.engine.post({ type: 'digit', digit: '1' });
    await room.clock.run(1400);
    expect(room.events.map((event) => event.type)).to.not.include('caller.silent');
    await room.clock.run(200);
    expect(room.agent.turns[0]!.input).to.deep.equal({ kind: 'digits', digits: '1', complete: true });
  });

  it('decides one thing after the other, also when an effect reports at once', async () => {
    await room.clock.run(5000); // the silence prompt is being said
    room.engine.post({ type: 'digit', digit: '1' });
    // `stop-speaking` is answered within the decision that asked for it, and is decided after it.
    expect(room.events.map((event) => event.type).slice(-2)).to.deep.equal(['turn.completed', 'caller.interrupted']);
  });

  it('hands outwards what is not its own', async () => {
    room.engine.post({ type: 'recogniser-lost', code: 'speech-to-text/x' });
    await room.clock.run(2000);
    expect(room.happened).to.deep.equal(['transfer extension']);
    room.engine.post({ type: 'transfer-failed', reason: 'busy' });
    await room.clock.run(2000);
    expect(room.happened).to.deep.equal(['transfer extension', 'finish speech_failed']);
  });

  it('costs only its own call when a decision throws', async () => {
    const other = await new Room().begun();
    const bug = new Error('a bug');
    room.recording = () => { throw bug; };
    await room.clock.run(5000);
    expect(room.faults).to.deep.equal([bug]);
    expect(other.faults).to.deep.equal([]);
    other.engine.post({ type: 'digit', digit: '1' });
    await other.clock.run(1500);
    expect(other.agent.turns).to.have.length(1);
    await other.shut();
  });

  it('reports a bug instead of throwing it at whoever told it something', () => {
    room.recording = () => { throw new Error('a bug'); };
    expect(() => { room.engine.post({ type: 'recogniser-lost', code: 'x' }); }).to.not.throw();
    expect(room.faults).to.have.length(1);
  });

  it('ends the call rather than the process when decisions go round in circles', () => {
    let told = 0;
    room.recording = () => { // each stimulus causes two more
      if (told > 5000) return;
      told += 2;
      room.engine.post({ type: 'synthesis-failed', speechId: 0, source: 'agent', code: 'x' });
      room.engine.post({ type: 'synthesis-failed', speechId: 0, source: 'agent', code: 'x' });
    };
    room.engine.post({ type: 'synthesis-failed', speechId: 0, source: 'agent', code: 'x' });
    expect(room.faults.length).to.be.greaterThan(0);
    expect((room.faults[0] as Error).message).to.equal('mailbox overflow');
  });

  it('decides and begins nothing after it was closed, and frees every organ', async () => {
    room.engine.post({ type: 'caller-started', onsetAtMs: room.clock.nowMs() });
    room.engine.post({ type: 'caller-paused', lastVoicedAtMs: room.clock.nowMs() });
    await room.clock.run(600); // the final is due
    const closing = room.engine.close();
    expect(room.engine.close(), 'closed once').to.equal(closing);
    await closing;
    room.engine.post({ type: 'transcript-final', text: 'too late', confidence: null });
    expect(room.engine.turns).to.equal(0);
    room.engine.post({ type: 'recogniser-lost', code: 'x' });
    await room.clock.run(60_000);
    expect(room.happened).to.deep.equal([]);
    expect(room.speechToText.stream.closed).to.equal(true);
    expect(room.leg.clears.length).to.be.greaterThan(0);
  });

  it('begins nothing when it is closed by one of its own effects', async () => {
    room.recording = () => { void room.engine.close(); };
    room.engine.post({ type: 'recogniser-lost', code: 'x' }); // records, then says that it hands over
    await room.clock.run(100);
    expect(room.textToSpeech.texts).to.have.length(1);
  });
});
