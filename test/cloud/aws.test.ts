import { aws } from '../../src/adapters/speech/aws/provider.js';
import { cloudContracts } from './cloud-contracts.js';

cloudContracts('aws', { provider: aws, variables: { accessKeyId: 'AWS_ACCESS_KEY_ID', secretAccessKey: 'AWS_SECRET_ACCESS_KEY' }, voice: 'Joanna' });
