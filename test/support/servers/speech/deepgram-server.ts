import type { IncomingMessage } from 'node:http';
import { CodedEar } from '../../speech/coded-speech.js';
import { audibleSpeech, bytesOf, endInWord, type ProviderLine, ProviderServer, samplesOf, tell } from './provider-server.js';

export const DEEPGRAM_KEY = 'loopback-key';
const CHUNK_MS = 100;

/** Deepgram on the loopback: /v1/listen and /v1/speak as their documentation and public clients show them, with coded speech for words. */
export class DeepgramServer extends ProviderServer {
  /** Control messages received, by type. */
  readonly received: string[] = [];
  /** Flux ends a turn by itself after so many words. */
  turnWordsMax = Infinity;
  /** Bytes of audio received by Flux so far. */
  fluxBytes = 0;

  static async start(): Promise<DeepgramServer> {
    return new DeepgramServer().listen();
  }

  protected override authorised(request: IncomingMessage): boolean {
    return request.headers.authorization === `Token ${DEEPGRAM_KEY}`;
  }

  protected override meet(line: ProviderLine): void {
    if (line.url.pathname === '/v1/listen') this.transcribe(line);
    else if (line.url.pathname === '/v2/listen') this.takeTurns(line);
    else this.speak(line);
  }

  private transcribe(line: ProviderLine): void {
    const rateHz = rateOf(line);
    const { ws, fault } = line;
    let ear = new CodedEar(rateHz);
    let told = '';
    const half = (): boolean => fault.kind === 'half' && ear.words.length >= fault.words;
    const result = (fields: object, text: string): void => {
      tell(line, { type: 'Results', channel: { alternatives: [{ transcript: text, confidence: text === '' ? 0 : 0.93, words: [] }] }, speech_final: false, ...fields });
    };
    ws.on('message', (data, isBinary) => {
      if (isBinary) {
        ear.write(samplesOf(data as Buffer));
        if (ear.text !== told && !half()) { told = ear.text; result({ is_final: false }, told); }
        endInWord(line, ear.words.length);
        return;
      }
      const { type } = JSON.parse((data as Buffer).toString('utf8')) as { type: string };
      this.received.push(type);
      if (type === 'Finalize' && !half()) {
        result({ is_final: true, from_finalize: true }, ear.end());
        ear = new CodedEar(rateHz);
        told = '';
      }
      if (type === 'CloseStream') ws.close(1000);
    });
  }

  /** Flux: its clock is the audio; a turn that has not begun cannot be ended. */
  private takeTurns(line: ProviderLine): void {
    const rateHz = rateOf(line);
    const { ws, fault } = line;
    let ear = new CodedEar(rateHz);
    let told = '';
    let index = 0;
    let unsaid = 0;
    const half = (): boolean => fault.kind === 'half' && ear.words.length >= fault.words;
    const turn = (event: string, transcript: string): void => {
      tell(line, { type: 'TurnInfo', request_id: 'loopback', sequence_id: 0, event, turn_index: index, transcript, words: [], end_of_turn_confidence: 0.5 });
    };
    const endTurn = (): void => {
      turn('EndOfTurn', ear.end());
      index += 1;
      ear = new CodedEar(rateHz);
      told = '';
    };
    tell(line, { type: 'Connected', request_id: 'loopback', sequence_id: 0 });
    ws.on('message', (data, isBinary) => {
      if (!isBinary) {
        const { type } = JSON.parse((data as Buffer).toString('utf8')) as { type: string };
        this.received.push(type);
        if (type === 'ForceEndTurn' && ear.end() !== '' && !half()) endTurn();
        if (type === 'CloseStream') ws.close(1000);
        return;
      }
      const samples = samplesOf(data as Buffer);
      this.fluxBytes += samples.length * 2;
      unsaid += samples.length;
      ear.write(samples);
      if (half()) return;
      if (ear.text !== told || unsaid > rateHz / 4) {
        turn(told === '' && ear.text !== '' ? 'StartOfTurn' : 'Update', ear.text);
        told = ear.text;
        unsaid = 0;
      }
      endInWord(line, ear.words.length);
      if (ear.words.length >= this.turnWordsMax) endTurn();
    });
  }

  private speak(line: ProviderLine): void {
    let text = '';
    line.ws.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as { type: string; text?: string };
      this.received.push(message.type);
      if (message.type === 'Speak') text += ` ${message.text ?? ''}`;
      if (message.type === 'Flush') render(line, text);
      if (message.type === 'Close') line.ws.close(1000);
    });
  }
}

function render(line: ProviderLine, text: string): void {
  const { fault, ws, later } = line;
  if (fault.kind === 'hang') return;
  if (fault.kind === 'garbage') { ws.send('{"never":'); return; }
  const audio = audibleSpeech(text, rateOf(line), fault);
  const step = (CHUNK_MS * rateOf(line)) / 1000;
  later(() => {
    for (let at = 0; at < audio.length; at += step) ws.send(bytesOf(audio.subarray(at, at + step)));
    if (fault.kind === 'close-in-word') ws.close(1000);
    else if (fault.kind === 'break-in-word') setImmediate(() => { ws.terminate(); });
    else if (fault.kind !== 'half') ws.send(JSON.stringify({ type: 'Flushed', sequence_id: 0 }));
  });
}

function rateOf({ url }: ProviderLine): number {
  return Number(url.searchParams.get('sample_rate'));
}
