import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';
import { type ManifestLine, type SignedLine, signedBytes } from './manifest-line.js';

/** Signs manifest lines and heads. */
export interface ArchiveSigner {
  readonly kid: string;
  sign(bytes: Uint8Array): string;
}

/** Keys whose signatures are believed, by kid. */
export type ArchiveKeys = ReadonlyMap<string, KeyObject>;

/** A signer with a private Ed25519 JWK. */
export function archiveSigner(kid: string, jwk: JsonWebKey): ArchiveSigner {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return { kid, sign: (bytes) => sign(null, bytes, key).toString('base64url') };
}

/** Keys from public Ed25519 JWKs. */
export function archiveKeys(jwks: Iterable<readonly [kid: string, jwk: JsonWebKey]>): ArchiveKeys {
  return new Map([...jwks].map(([kid, key]) => [kid, createPublicKey({ key, format: 'jwk' })]));
}

export function signLine(line: ManifestLine, signer: ArchiveSigner): SignedLine {
  const named = { ...line, kid: signer.kid };
  return { ...named, signature: signer.sign(signedBytes(named)) };
}

export function isSignedBy(line: SignedLine, keys: ArchiveKeys): boolean {
  const key = keys.get(line.kid);
  return key !== undefined && verify(null, signedBytes(line), key, Buffer.from(line.signature, 'base64url'));
}
