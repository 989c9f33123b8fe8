interface Made { dispose(): Promise<void> }
interface Factory { create(...args: readonly unknown[]): Promise<Made> }

/**
 * Cuts the connection of a recogniser or synthesiser of the SDK (its `internalData`), whatever its state. The SDK itself (1.52) closes a
 * connection only when it has been opened: against a peer that never answers the handshake its socket would stay until that peer
 * goes. This reaches into the SDK; where a later one has no such factory, cutting does nothing.
 */
export function connectionCutter(internalData: object): () => void {
  const owner = internalData as { privConnectionFactory?: Factory };
  const factory = owner.privConnectionFactory;
  let made: Made | null = null;
  let isCut = false;
  if (factory !== undefined) {
    owner.privConnectionFactory = {
      create: async (...args) => {
        const connection = await factory.create(...args);
        if (isCut) throw new Error('nobody waits for this connection any more');
        made = connection;
        return connection;
      },
    };
  }
  return () => {
    isCut = true;
    made?.dispose().catch(() => undefined);
  };
}
