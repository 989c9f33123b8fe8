import { Router } from 'express';
import type { Application, Health } from '../../application/application.js';

/** Seconds after which a client that was turned away may ask again. */
const RETRY_AFTER_SECONDS = 5;

type Readiness = 'ready' | 'starting' | 'draining' | 'stopped' | 'unavailable' | 'full';

/** 503: not now, send calls elsewhere. 429: at the limit of calls, healthy otherwise. */
const STATUS: Readonly<Record<Readiness, number>> = { ready: 200, full: 429, starting: 503, draining: 503, stopped: 503, unavailable: 503 };

/**
 * `/livez`: the event loop turns; nothing else is looked at, so that a restart is never the answer to somebody else's outage
 * or to a drain. `/startupz`: starting is over. `/readyz`: calls may be sent here, with the state of each dependency.
 */
export function healthRoutes(application: Application): Router {
  const router = Router();
  router.get('/livez', (_request, response) => {
    response.json({ status: 'alive' });
  });
  router.get('/startupz', (_request, response) => {
    const { phase } = application.queries.health();
    response.status(phase === 'starting' ? 503 : 200).json({ status: phase === 'starting' ? 'starting' : 'started' });
  });
  router.get('/readyz', (_request, response) => {
    const health = application.queries.health();
    const readiness = readinessOf(health);
    const status = STATUS[readiness];
    if (status !== 200) response.set('Retry-After', String(RETRY_AFTER_SECONDS));
    response.status(status).json({
      status: readiness,
      calls: { active: health.callsActive, max: health.callsMax },
      dependencies: Object.fromEntries(health.dependencies.map(({ name, ready, required, detail }) => [name, { ready, required, detail }])),
    });
  });
  return router;
}

function readinessOf({ phase, dependencies, callsActive, callsMax }: Health): Readiness {
  if (phase !== 'serving') return phase;
  if (dependencies.some(({ ready, required }) => required && !ready)) return 'unavailable';
  return callsActive >= callsMax ? 'full' : 'ready';
}
