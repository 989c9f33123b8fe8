import type { VoiceActivityDetector, VoiceActivityListener, VoiceActivityOptions, VoiceActivityStream } from '../../../application/ports/voice-activity-detector.js';
import type { VoiceActivityClient } from '../../grpc/generated/voicegateway/speech/v1/voice_activity.js';
import { GrpcConnections, type GrpcServerSettings } from '../../grpc/grpc-connections.js';
import { DetectionCall } from './detection-call.js';

/** Voice activity of proto/voicegateway/speech/v1 on a server of one's own: one gRPC stream for a call. */
export class OnpremVoiceActivity implements VoiceActivityDetector {
  private readonly connections: GrpcConnections<VoiceActivityClient>;

  constructor(server: GrpcServerSettings) {
    this.connections = new GrpcConnections({
      server, port: 'voice-activity', service: 'voicegateway.speech.v1.VoiceActivity',
      load: async () => (await import('../../grpc/generated/voicegateway/speech/v1/voice_activity.js')).VoiceActivityClient,
    });
  }

  async open(options: VoiceActivityOptions, listener: VoiceActivityListener, signal: AbortSignal): Promise<VoiceActivityStream> {
    signal.throwIfAborted();
    const lease = await this.connections.lease();
    if (signal.aborted) lease.release();
    signal.throwIfAborted();
    return new DetectionCall(lease, options, listener, signal);
  }
}
