interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const PREFIX = 'voicegw_';

/** The metrics of a gateway at one moment. */
export class MetricsPage {
  private constructor(private readonly samples: readonly Sample[]) {}

  static async read(httpPort: number): Promise<MetricsPage> {
    const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`, { headers: { connection: 'close' } })).text();
    return new MetricsPage(text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{([^}]*)\})? (\S+)$/u.exec(line) ?? [];
      return name === undefined ? [] : [{ name, labels: labelsOf(labels), value: Number(value) }];
    }));
  }

  /** Summed over the label sets that contain `labels`; 0 when it was never counted. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples
      .filter((sample) => sample.name === PREFIX + name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/gu)].map(([, key = '', value = '']) => [key, value]));
}
