import { createRequire } from 'node:module';
import path from 'node:path';
import { Router } from 'express';

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Voice gateway: management API</title>
<link rel="stylesheet" href="docs/swagger-ui.css"><link rel="icon" href="docs/favicon-32x32.png">
</head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script>
</body></html>
`;
const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true, validatorUrl: null });\n`;
/** Swagger UI sets styles on elements; scripts stay our own. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'";

/** What the page needs. The package holds more: maps of the source, other bundles, a page that takes any `?url=`. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

/** By its place alone: the module itself would be all of Swagger UI, in the memory of the gateway. */
const SWAGGER_UI = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** `/openapi.json` and, at `/docs`, a page to read and try it: all files are our own, so it works without the internet. */
export function docsRoutes(document: unknown): Router {
  const router = Router();
  const text = JSON.stringify(document); // once: anybody may ask for it
  router.get('/openapi.json', (_request, response) => { response.type('json').send(text); });
  router.use('/docs', (_request, response, next) => {
    response.set('Content-Security-Policy', POLICY);
    next();
  });
  router.get('/docs', (_request, response) => { response.type('html').send(INDEX); });
  router.get('/docs/start.js', (_request, response) => { response.type('text/javascript').send(START); });
  for (const file of FILES) router.get(`/docs/${file}`, (_request, response) => { response.sendFile(file, { root: SWAGGER_UI, cacheControl: false }); });
  return router;
}
