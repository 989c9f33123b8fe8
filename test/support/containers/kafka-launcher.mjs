/**
 * Does what the start script of the apache/kafka image does: settings from KAFKA_… variables, a formatted data directory, the
 * broker. Arguments: the java program and the directory of the jars.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** For the Java machine and the log, not for server.properties. */
const NOT_PROPERTIES = /^KAFKA_(?:HEAP_OPTS|OPTS|JVM_PERFORMANCE_OPTS|LOG4J_.*)$/;

/** `KAFKA_A_B__C___D` is `a.b_c-d`. */
const propertyOf = (variable) => variable.slice('KAFKA_'.length).toLowerCase().replaceAll('___', '-').replaceAll('__', '\0').replaceAll('_', '.').replaceAll('\0', '_');

const [java, jars] = process.argv.slice(2);
const properties = Object.entries(process.env).filter(([name]) => name.startsWith('KAFKA_') && !NOT_PROPERTIES.test(name));
const directory = mkdtempSync('/tmp/vg-kafka-');
const file = path.join(directory, 'server.properties');
writeFileSync(file, properties.map(([name, value]) => `${propertyOf(name)}=${value}\n`).join(''));

const formatted = spawnSync(java, ['-cp', `${jars}/*`, 'kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', process.env.CLUSTER_ID, '-c', file], { stdio: 'inherit' });
if (formatted.status !== 0) process.exit(1);
const heap = (process.env.KAFKA_HEAP_OPTS ?? '').split(' ').filter(Boolean);
const broker = spawn(java, [...heap, '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`, 'kafka.Kafka', file], { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => broker.kill(signal));
broker.once('exit', (code) => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(code ?? 1);
});
