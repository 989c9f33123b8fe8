import { asyncapiDocument } from '../../src/adapters/events/document-asyncapi.js';
import { eventsDocument } from '../../src/adapters/events/document-events.js';
import { metricsDocument } from '../../src/adapters/runtime/document-metrics.js';
import { configurationDocument, environmentExample } from '../../src/config/document.js';

/** Every document that is made from the code, by its path. `npm run docs` writes them; test/architecture checks them. */
export function generatedDocuments(): Readonly<Record<string, string>> {
  return {
    '.env.example': environmentExample(),
    'docs/asyncapi.yaml': asyncapiDocument(),
    'docs/configuration.md': configurationDocument(),
    'docs/events.md': eventsDocument(),
    'docs/metrics.md': metricsDocument(),
  };
}
