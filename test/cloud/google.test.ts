import { google } from '../../src/adapters/speech/google/provider.js';
import { cloudContracts } from './cloud-contracts.js';

cloudContracts('google', { provider: google, variables: { credentials: 'GOOGLE_APPLICATION_CREDENTIALS' }, voice: 'en-US-Chirp3-HD-Aoede' });
