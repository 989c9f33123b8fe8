import type { Operation } from '../../../src/adapters/http/api/operation.js';
import { may, type Role, ROLES } from '../../../src/domain/access/identity.js';
import type { Got, IsolationWorld, Sent } from './isolation-world.js';
import { CANARIES, FOREIGN_TENANT, IDS, type Ids, OWN_MARK, OWN_TENANT } from './two-tenants.js';

type Whose = keyof Ids;
const TENANT_ROLES = ROLES.filter((role) => role !== 'platform');

/**
 * Tries one operation as everybody who may not, and as those who may with things that are not theirs. Answers what was wrong, a
 * sentence each; nothing: no leak was found.
 */
export async function findLeaks(operation: Operation, world: IsolationWorld): Promise<readonly string[]> {
  const unnamed = namesOf(operation).filter((name) => IDS[name] === undefined);
  if (unnamed.length > 0) return unnamed.map((name) => `has ${name}, of which test/support/isolation/two-tenants.ts knows no ids: add them to IDS, and their things to seedTwoTenants`);
  const walk = new Walk(operation, world);
  await walk.asNobody();
  await walk.asLowerRoles();
  await walk.asThoseWhoMay();
  await walk.withTickets();
  return walk.leaks;
}

/** Names in path, query and body that stand for things of a tenant. */
function namesOf({ path, query, example }: Operation): readonly string[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1] ?? '');
  const others = [...Object.keys(query.shape), ...propertiesOf(example.body)].filter((name) => name.endsWith('Id') || IDS[name] !== undefined);
  return [...new Set([...inPath, ...others])];
}

function propertiesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(propertiesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...propertiesOf(inner)]);
}

class Walk {
  readonly leaks: string[] = [];

  constructor(private readonly operation: Operation, private readonly world: IsolationWorld) {}

  async asNobody(): Promise<void> {
    if (this.operation.permission === 'public') return;
    for (const kind of ['none', 'forged', 'expired', 'text'] as const) {
      const token = kind === 'none' ? undefined : kind === 'text' ? 'admin' : this.world.token('admin', OWN_TENANT, kind);
      for (const whose of ['own', 'foreign', 'unknown'] as const) await this.expectStatus(401, `with ${kind} token, ${whose} things`, { token, whose });
    }
  }

  /** Who may not do a thing learns nothing about it: the same for what is there and what is not. */
  async asLowerRoles(): Promise<void> {
    const { permission } = this.operation;
    if (permission === 'public') return;
    for (const role of TENANT_ROLES.filter((candidate) => !may({ role: candidate }, permission))) {
      const told = new Set<string>();
      for (const whose of ['own', 'foreign', 'unknown'] as const) {
        const got = await this.expectStatus(403, `as ${role}, ${whose} things`, { token: this.world.token(role, OWN_TENANT), whose });
        told.add(got.told);
      }
      if (told.size > 1) this.leaks.push(`tells ${role}, who may not, what there is and what not`);
    }
  }

  async asThoseWhoMay(): Promise<void> {
    const { permission, scope } = this.operation;
    const roles = permission === 'public' ? ROLES : ROLES.filter((role) => may({ role }, permission));
    for (const role of roles) await this.asOneWhoMay(role);
    if (permission !== 'public' && scope === 'tenant') await this.namedTenants(roles.filter((role) => role !== 'platform'));
  }

  /** A ticket has the rights of who asked for it, works once, and only where tickets are taken. */
  async withTickets(): Promise<void> {
    const { operation, world } = this;
    const { permission } = operation;
    if (permission === 'public') return;
    const role = TENANT_ROLES.find((candidate) => may({ role: candidate }, permission)) ?? 'admin';
    const own = await world.ticket(role, OWN_TENANT);
    if (operation.takesTicket !== true) {
      await this.expectStatus(401, 'with a ticket, which it does not take', { whose: 'own', query: { ticket: own } });
      return;
    }
    const first = await this.ask('with a ticket', { whose: 'own', query: { ticket: own } });
    if (first.status !== 200) this.leaks.push(`answers ${first.status} to a good ticket, so that nothing is proven`);
    await this.expectStatus(401, 'with a used ticket', { whose: 'own', query: { ticket: own } });
    await this.expectStatus(401, 'with an invented ticket', { whose: 'own', query: { ticket: 'A'.repeat(32) } });
    if (namesOf(operation).length === 0) return;
    const foreign = await this.ask('with a ticket, foreign things', { whose: 'foreign', query: { ticket: await world.ticket(role, OWN_TENANT) } });
    const unknown = await this.ask('with a ticket, unknown things', { whose: 'unknown', query: { ticket: await world.ticket(role, OWN_TENANT) } });
    if (foreign.told !== unknown.told) this.leaks.push('tells the holder of a ticket what another tenant has');
  }

  private async asOneWhoMay(role: Role): Promise<void> {
    const { operation: { scope, path }, world } = this;
    const forAll = role === 'platform';
    const query: Record<string, string> = forAll && scope === 'tenant' && !path.includes('{tenantId}') ? { tenant: OWN_TENANT } : {};
    const asked = { token: world.token(role, OWN_TENANT), query, forAll: forAll && scope === 'none' };
    this.expectProof(role, await this.ask(`as ${role}, own things`, { ...asked, whose: 'own' }));
    if (forAll && path.includes('{tenantId}')) return; // all tenants are its own
    await this.expectSame(`as ${role}`, asked);
  }

  /** What nobody can do with own things proves nothing about foreign ones. */
  private expectProof(role: Role, { status, all, asked }: Got): void {
    const { answer, scope } = this.operation;
    if (status < 200 || status > 299) {
      this.leaks.push(`answers ${role} with ${status} for own things, so that nothing is proven: seed them (${all.slice(0, 300)})`);
      return;
    }
    if (answer.kind === 'events' && !all.includes(OWN_MARK)) this.leaks.push(`shows ${role} nothing of what happens, so that nothing is proven: add to happenToBoth`);
    // Whatever the application was asked, it was asked for the tenant of the token.
    if (scope === 'tenant' && !asked.some((question) => question.includes(OWN_TENANT))) this.leaks.push(`asks the application as ${role} without saying for which tenant: ${asked.join('; ')}`);
  }

  /** Another tenant in the query is as one that does not exist; HEAD says no more than GET. */
  private async namedTenants(roles: readonly Role[]): Promise<void> {
    const { operation, world } = this;
    if (operation.path.includes('{tenantId}')) return;
    for (const role of roles) {
      const token = world.token(role, OWN_TENANT);
      const foreign = await this.expectStatus(404, `as ${role}, in the name of another tenant`, { token, whose: 'own', query: { tenant: FOREIGN_TENANT } });
      const unknown = await this.expectStatus(404, `as ${role}, in the name of no tenant`, { token, whose: 'own', query: { tenant: 'no-such-tenant' } });
      if (foreign.told !== unknown.told) this.leaks.push(`tells ${role} that there is another tenant`);
    }
  }

  private async expectSame(who: string, asked: Omit<Asked, 'whose'>): Promise<void> {
    const names = namesOf(this.operation);
    if (names.length === 0) return;
    const inPath = names.some((name) => this.operation.path.includes(`{${name}}`));
    for (const method of this.operation.method === 'get' ? ['GET', 'HEAD'] : [this.operation.method.toUpperCase()]) {
      const foreign = await this.ask(`${who}, ${method} foreign things`, { ...asked, whose: 'foreign', method });
      const unknown = await this.ask(`${who}, ${method} unknown things`, { ...asked, whose: 'unknown', method });
      if (foreign.told !== unknown.told) this.leaks.push(`tells foreign things from unknown ones ${who} (${method} ${foreign.status}, ${unknown.status})`);
      if (inPath && foreign.status < 400 && foreign.status !== 204 && method !== 'GET') this.leaks.push(`answers ${foreign.status} ${who} for foreign things`);
    }
  }

  private async expectStatus(status: number, what: string, given: Asked): Promise<Got> {
    const got = await this.ask(what, given);
    if (got.status !== status) this.leaks.push(`answers ${got.status}, not ${status}, ${what}`);
    if (status !== 404 && got.asked.length > 0) this.leaks.push(`reaches the application ${what}`);
    return got;
  }

  private async ask(what: string, { token, whose, query = {}, method = this.operation.method.toUpperCase(), forAll = false }: Asked): Promise<Got> {
    const { operation, world } = this;
    const request = requestOf(operation, whose);
    const got = await world.send({ ...request, method, token, query: { ...request.query, ...query } });
    if (got.status >= 500) this.leaks.push(`breaks ${what}: ${got.status} ${got.all.slice(0, 300)}`);
    if (forAll) return got;
    for (const canary of CANARIES) if (got.all.includes(canary)) this.leaks.push(`shows ${canary} ${what}`);
    const lent = got.asked.find((question) => question.includes(FOREIGN_TENANT));
    if (lent !== undefined) this.leaks.push(`asks the application for the foreign tenant ${what}: ${lent}`);
    return got;
  }
}

interface Asked {
  readonly token?: string | undefined;
  readonly whose: Whose;
  readonly query?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** Somebody for whom no tenant is foreign. */
  readonly forAll?: boolean;
}

/** The operation's own example, with ids in the place of what stands for things. */
function requestOf({ path, method, answer, query: { shape }, body, example }: Operation, whose: Whose): Sent {
  const filled = path.replace(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(IDS[name]?.[whose] ?? ''));
  const ids = Object.keys(shape).flatMap((name) => (IDS[name] === undefined ? [] : [[name, IDS[name][whose]] as const]));
  const query = { ...example.query, ...Object.fromEntries(ids) };
  return { method: method.toUpperCase(), path: filled, query, headers: example.headers ?? {}, body: body === null ? undefined : withIds(example.body, whose), stream: answer.kind === 'events', silent: whose !== 'own' && ids.length > 0 };
}

function withIds(value: unknown, whose: Whose): unknown {
  if (Array.isArray(value)) return value.map((item) => withIds(item, whose));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typeof inner === 'string' ? IDS[name]?.[whose] ?? inner : withIds(inner, whose)]));
}
