/** Brings the jars of a Kafka broker (tools/kafka/pom.xml, 27 MB) into the cache, with Maven and its own checks of what it fetches. */
import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { jarsRoot, POM } from '../kafka/find-kafka.mjs';
import { runStep } from './run-step.mjs';

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies';

/** The directory appears complete or not at all. */
export async function fetchKafka() {
  const { version, root } = await jarsRoot();
  const partial = `${root}.partial-${String(process.pid)}`; // its own: two set-ups may run at once
  await mkdir(path.dirname(root), { recursive: true });
  try {
    await runStep(`fetch the jars of Kafka ${version} (27 MB)`, ['mvn', '-B', '-f', POM, COPY, `-DoutputDirectory=${partial}`, '-DincludeScope=runtime'], {
      fix: 'check the network; behind a proxy or with a repository of your own, say so in ~/.m2/settings.xml',
    });
    await rm(root, { recursive: true, force: true });
    await rename(partial, root).catch(async (error) => {
      await access(root).catch(() => { throw error; }); // another set-up was faster
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
