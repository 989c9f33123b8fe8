export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  /** Null: it says none. */
  readonly licence: string | null;
}
export function isAllowed(expression: string): boolean;
export function licencesOf(root: string): Promise<readonly PackageLicence[]>;
export function unwelcome(licences: readonly PackageLicence[]): readonly PackageLicence[];
