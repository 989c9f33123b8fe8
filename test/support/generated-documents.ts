import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asyncapiDocument } from '../../src/adapters/events/document-asyncapi.js';
import { eventsDocument } from '../../src/adapters/events/document-events.js';
import { API_OPERATIONS } from '../../src/adapters/http/api/api-operations.js';
import { openApiDocument } from '../../src/adapters/http/api/openapi-document.js';
import { metricsDocument } from '../../src/adapters/runtime/document-metrics.js';
import { configurationDocument, environmentExample } from '../../src/config/document.js';
import { alertsDocument } from './containers/alerts-document.js';
import { readComposeFile } from './containers/compose-file.js';
import { composeEnvironmentExample } from './containers/environment-example.js';

const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));

const ALERTS_FILE = fileURLToPath(new URL('../../deploy/prometheus/alerts.yml', import.meta.url));

/** Every document that is made from the code, by its path. `npm run docs` writes them; test/architecture checks them. */
export function generatedDocuments(): Readonly<Record<string, string>> {
  return {
    '.env.example': environmentExample() + composeEnvironmentExample(readFileSync(COMPOSE_FILE, 'utf8'), readComposeFile(COMPOSE_FILE)),
    'docs/alerts.md': alertsDocument(readFileSync(ALERTS_FILE, 'utf8')),
    'docs/asyncapi.yaml': asyncapiDocument(),
    'docs/configuration.md': configurationDocument(),
    'docs/events.md': eventsDocument(),
    'docs/openapi.json': `${JSON.stringify(openApiDocument(API_OPERATIONS), null, 2)}\n`,
    'docs/metrics.md': metricsDocument(),
  };
}
