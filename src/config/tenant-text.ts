import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import type { ConfigFault } from './config-fault.js';
import { isRecord, valueAt } from './setting-path.js';
import { YamlText } from './yaml-text.js';

type Settings = Readonly<Record<string, unknown>>;

/**
 * The text of a tenant file for those who change a part of it: all that stays as it is keeps its place, its quotes and its comments (not
 * the blanks within lines). Each change makes a new text; what it says is for `checkTenant` to judge.
 */
export class TenantText {
  private constructor(private readonly file: string, private readonly text: string, private readonly value: unknown) {}

  static parse(file: string, text: string): TenantText | readonly ConfigFault[] {
    const yaml = YamlText.parse(file, text);
    return yaml.faults.length > 0 ? yaml.faults : new TenantText(file, text, yaml.value);
  }

  /** What the tenant has beside its id and its agents. */
  get settings(): Settings {
    return Object.fromEntries(Object.entries(isRecord(this.value) ? this.value : {}).filter(([key]) => key !== 'id' && key !== 'agents'));
  }

  /** Null: there is no such agent. */
  agent(id: string): Settings | null {
    const agent = this.agents[this.indexOf(id)];
    return isRecord(agent) ? agent : null;
  }

  /** Where the agent stands in `agents`; -1: nowhere. */
  indexOf(id: string): number {
    return this.agents.findIndex((agent) => valueAt(agent, ['id']) === id);
  }

  get agentCount(): number {
    return this.agents.length;
  }

  /** Whether a number is answered by the agent. */
  isRoutedTo(id: string): boolean {
    const dids = valueAt(this.value, ['dids']);
    return Array.isArray(dids) && dids.some((did) => valueAt(did, ['agent']) === id);
  }

  withSettings(settings: Settings): string {
    return this.edited((document) => {
      const kept = isRecord(this.value) ? this.value : {};
      const { id, agents } = kept;
      write(document, document.contents as YAMLMap, { ...(id === undefined ? {} : { id }), ...settings, ...(agents === undefined ? {} : { agents }) });
    });
  }

  /** Null takes the agent away; a new one comes last. */
  withAgent(id: string, settings: Settings | null): string {
    return this.edited((document) => {
      const agents: unknown = document.get('agents', true);
      if (!isSeq(agents)) { document.set('agents', document.createNode(settings === null ? [] : [settings], PLAIN)); return; }
      const index = this.indexOf(id);
      const node = index === -1 ? undefined : agents.items[index];
      if (settings === null) agents.delete(index);
      else if (isMap(node)) write(document, node, settings);
      else if (index === -1) agents.add(document.createNode(settings, PLAIN));
      else agents.set(index, document.createNode(settings, PLAIN));
    });
  }

  private get agents(): readonly unknown[] {
    const agents = valueAt(this.value, ['agents']);
    return Array.isArray(agents) ? agents as readonly unknown[] : [];
  }

  private edited(change: (document: Document) => void): string {
    const document = parseDocument(this.text);
    if (!isMap(document.contents)) throw new Error(`${this.file} holds no settings`);
    withoutAnchors(document);
    change(document);
    return document.toString({ lineWidth: 0 });
  }
}

/** Data that occurs twice is written twice. */
const PLAIN = { aliasDuplicateObjects: false } as const;

/** A change of a part that others refer to would change those others: each gets what it means written out. */
function withoutAnchors(document: Document): void {
  visit(document, {
    Alias: (_key, alias) => {
      const node = document.createNode(alias.toJS(document) as unknown, PLAIN) as Node;
      return node;
    },
  });
  visit(document, { Node: (_key, node) => { if ('anchor' in node) delete node.anchor; } });
}

/** Makes `map` say `wanted`; what says so already is not touched. */
function write(document: Document, map: YAMLMap, wanted: Settings): void {
  for (const key of map.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key)))) {
    if (!Object.hasOwn(wanted, key)) map.delete(key);
  }
  for (const [key, value] of Object.entries(wanted)) {
    const node: unknown = map.get(key, true);
    if (!writeInto(document, node, value)) map.set(key, document.createNode(value, PLAIN));
  }
}

/** False: it has to be written anew. */
function writeInto(document: Document, node: unknown, wanted: unknown): boolean {
  if (isMap(node) && isRecord(wanted)) {
    write(document, node, wanted);
    return true;
  }
  if (isSeq(node) && Array.isArray(wanted) && node.items.length === wanted.length) {
    wanted.forEach((value: unknown, index) => { if (!writeInto(document, node.items[index], value)) node.set(index, document.createNode(value, PLAIN)); });
    return true;
  }
  return isScalar(node) && node.value === wanted;
}
