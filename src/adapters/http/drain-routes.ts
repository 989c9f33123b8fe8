import { Router } from 'express';
import type { Application } from '../../application/application.js';
import { sendProblem } from './problem.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
/** A page in a browser of this machine cannot send it without being asked first (CORS), and is not allowed then. */
const INTENT_HEADER = 'x-voice-gateway';

/**
 * `POST /drain`: no new calls from now on, the process ends after the last one. From this machine only, and only where no
 * proxy stands in between: it stands for a signal to the process, and needs no login as that does not.
 */
export function drainRoutes(application: Application): Router {
  const router = Router();
  router.post('/drain', (request, response) => {
    const here = LOOPBACK.has(request.socket.remoteAddress ?? '') && request.get('x-forwarded-for') === undefined && request.get('forwarded') === undefined;
    if (!here || request.get(INTENT_HEADER) !== 'drain') { sendProblem(response, 'forbidden', { detail: 'Ask on the machine of the gateway: voice-gateway drain' }); return; }
    void application.commands.drain(); // it takes as long as the calls do; /readyz tells how it goes
    response.status(202).json({ status: 'draining', calls: { active: application.queries.health().callsActive } });
  });
  return router;
}
