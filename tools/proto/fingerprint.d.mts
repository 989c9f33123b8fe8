export const FINGERPRINT_FILE: string;
export function fingerprint(): { readonly contract: string; readonly stubs: string };
