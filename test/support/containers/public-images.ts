import type { ImageSettings } from './dockerfile.js';

/** What the images that we do not build say about their process, from their own Dockerfiles; by name without tag. */
export const PUBLIC_IMAGES: Readonly<Record<string, ImageSettings>> = {
  // Its entry point only gives up root, which `user:` does already.
  redis: { environment: {}, workingDirectory: '/data', user: 'root', entrypoint: [], command: ['redis-server'], healthCheck: null },
  'apache/kafka': { environment: {}, workingDirectory: '/', user: 'appuser', entrypoint: [], command: ['/etc/kafka/docker/run'], healthCheck: null },
  'prom/prometheus': { environment: {}, workingDirectory: '/prometheus', user: 'nobody', entrypoint: ['/bin/prometheus'], command: [], healthCheck: null },
};

export function publicImage(image: string): ImageSettings {
  const settings = PUBLIC_IMAGES[image.slice(0, image.lastIndexOf(':'))];
  if (settings === undefined) throw new Error(`${image}: say in public-images.ts what this image starts`);
  return settings;
}
