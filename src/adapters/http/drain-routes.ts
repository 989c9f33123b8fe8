import { type Request, Router } from 'express';
import type { Application } from '../../application/application.js';
import { sendProblem } from './problem.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
/** How this machine is called without asking a DNS: whoever is asked there may answer with our own address (DNS rebinding). */
const OWN_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/iu;
/** A proxy says these. */
const OF_PROXIES = ['x-forwarded-for', 'forwarded'] as const;
/** A browser says these, whatever the page wants. There is no page of ours here, so each is a foreign one. */
const OF_BROWSERS = ['origin', 'sec-fetch-site', 'referer'] as const;
/** A page of another origin cannot send it without being asked first (CORS), and is not allowed then. */
const INTENT_HEADER = 'x-voice-gateway';

/**
 * `POST /drain`: no new calls from now on, the process ends after the last one. From this machine only, under its own name, and
 * only where neither a proxy nor a browser stands in between: it stands for a signal to the process, and needs no login as that does not.
 */
export function drainRoutes(application: Application): Router {
  const router = Router();
  router.post('/drain', (request, response) => {
    if (!isMeant(request)) { sendProblem(response, 'forbidden', { detail: 'Ask on the machine of the gateway, by its loopback address: voice-gateway drain --url http://127.0.0.1:8080' }); return; }
    void application.commands.drain(); // it takes as long as the calls do; /readyz tells how it goes
    response.status(202).json({ status: 'draining', calls: { active: application.queries.health().callsActive } });
  });
  return router;
}

function isMeant(request: Request): boolean {
  const fromHere = LOOPBACK.has(request.socket.remoteAddress ?? '') && OWN_NAME.test(request.get('host') ?? '');
  const direct = [...OF_PROXIES, ...OF_BROWSERS].every((name) => request.get(name) === undefined);
  return fromHere && direct && request.get(INTENT_HEADER) === 'drain';
}
