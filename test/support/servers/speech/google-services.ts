import speech from '@google-cloud/speech';
import voices from '@google-cloud/text-to-speech';
import type { ServiceDefinition } from '@grpc/grpc-js';

/* The two services as the SDKs' own protos describe them. */
const { StreamingRecognizeRequest, StreamingRecognizeResponse } = speech.protos.google.cloud.speech.v1;
const { StreamingSynthesizeRequest, StreamingSynthesizeResponse, SynthesizeSpeechRequest, SynthesizeSpeechResponse } = voices.protos.google.cloud.texttospeech.v1beta1;

export type RecogniseRequest = speech.protos.google.cloud.speech.v1.IStreamingRecognizeRequest;
export type RecogniseResponse = speech.protos.google.cloud.speech.v1.IStreamingRecognizeResponse;
export type SpeakRequest = voices.protos.google.cloud.texttospeech.v1beta1.IStreamingSynthesizeRequest;
export type SpeakResponse = voices.protos.google.cloud.texttospeech.v1beta1.IStreamingSynthesizeResponse;
export type SynthesiseRequest = voices.protos.google.cloud.texttospeech.v1beta1.ISynthesizeSpeechRequest;
export type SynthesiseResponse = voices.protos.google.cloud.texttospeech.v1beta1.ISynthesizeSpeechResponse;

/** Sent instead of a message: bytes that are no protobuf. */
export const GARBAGE = Buffer.from([0xff, 0xff, 0xff, 0xff]);

interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

function method<Request, Response>(path: string, request: Codec<Request>, response: Codec<Response>, stream: boolean) {
  return {
    path, requestStream: stream, responseStream: stream,
    requestSerialize: (message: Request) => Buffer.from(request.encode(message).finish()), requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (message: Response | Buffer) => (Buffer.isBuffer(message) ? message : Buffer.from(response.encode(message).finish())),
    responseDeserialize: (bytes: Buffer) => response.decode(bytes),
  };
}

export const SPEECH: ServiceDefinition = {
  streamingRecognize: method<RecogniseRequest, RecogniseResponse>('/google.cloud.speech.v1.Speech/StreamingRecognize', StreamingRecognizeRequest, StreamingRecognizeResponse, true),
};

export const VOICES: ServiceDefinition = {
  streamingSynthesize: method<SpeakRequest, SpeakResponse>(
    '/google.cloud.texttospeech.v1beta1.TextToSpeech/StreamingSynthesize', StreamingSynthesizeRequest, StreamingSynthesizeResponse, true),
  synthesizeSpeech: method<SynthesiseRequest, SynthesiseResponse>(
    '/google.cloud.texttospeech.v1beta1.TextToSpeech/SynthesizeSpeech', SynthesizeSpeechRequest, SynthesizeSpeechResponse, false),
};
