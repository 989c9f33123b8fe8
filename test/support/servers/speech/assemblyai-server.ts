import type { IncomingMessage } from 'node:http';
import { CodedEar } from '../../speech/coded-speech.js';
import { endInWord, type ProviderLine, ProviderServer, samplesOf, tell } from './provider-server.js';

export const ASSEMBLYAI_KEY = 'loopback-key';
const PIECE_MS = { min: 50, max: 1000 };

/** AssemblyAI's universal streaming (v3) on the loopback, as its documentation and public clients show it, with coded speech for words. */
export class AssemblyAiServer extends ProviderServer {
  /** Control messages received, by type. */
  readonly received: string[] = [];

  static async start(): Promise<AssemblyAiServer> {
    return new AssemblyAiServer().listen();
  }

  protected override authorised(request: IncomingMessage): boolean {
    return request.headers.authorization === ASSEMBLYAI_KEY;
  }

  protected override meet(line: ProviderLine): void {
    const { ws, url, fault } = line;
    const rateHz = Number(url.searchParams.get('sample_rate'));
    let ear = new CodedEar(rateHz);
    let told = '';
    let turn = 0;
    const half = (): boolean => fault.kind === 'half' && ear.words.length >= fault.words;
    const tellTurn = (transcript: string, over: boolean): void => {
      const words = transcript.split(' ').filter((word) => word !== '').map((text) => ({ text, confidence: 0.9, word_is_final: true }));
      tell(line, { type: 'Turn', turn_order: turn, turn_is_formatted: false, end_of_turn: over, end_of_turn_confidence: over ? 1 : 0.1, transcript, words });
    };
    if (fault.kind === 'quota') { ws.send(JSON.stringify({ error: 'Insufficient account balance' })); ws.close(1008); return; }
    tell(line, { type: 'Begin', id: 'loopback', expires_at: 0 });
    ws.on('message', (data, isBinary) => {
      if (!isBinary) {
        const { type } = JSON.parse((data as Buffer).toString('utf8')) as { type: string };
        this.received.push(type);
        if (type === 'Terminate') ws.close(1000);
        if (type !== 'ForceEndpoint' || half()) return;
        tellTurn(ear.end(), true);
        ear = new CodedEar(rateHz);
        told = '';
        turn += 1;
        return;
      }
      const samples = samplesOf(data as Buffer);
      const ms = (samples.length * 1000) / rateHz;
      if (ms < PIECE_MS.min || ms > PIECE_MS.max) { ws.send(JSON.stringify({ error: `Input duration violation: ${ms} ms` })); ws.close(3007); return; }
      ear.write(samples);
      if (ear.text !== told && !half()) { told = ear.text; tellTurn(told, false); }
      endInWord(line, ear.words.length);
    });
  }
}
