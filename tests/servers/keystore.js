// What node reads of a key pair: the key in the environment file, its certificate, and the one in the JWK.
import crypto from 'node:crypto';
import fs from 'node:fs';
import tls from 'node:tls';

const [place, passphrase, encoded] = [process.argv[2], process.env.KEY_PASSPHRASE, process.env.KEY_BASE64];
const certificate = new crypto.X509Certificate(fs.readFileSync(`${place}/certificate.pem`));
const key = crypto.createPrivateKey({ key: Buffer.from(encoded, 'base64'), passphrase });
const jwk = JSON.parse(fs.readFileSync(`${place}/jwk.json`));
const inJwk = new crypto.X509Certificate(Buffer.from(jwk.x5c[0], 'base64'));
// It throws where the passphrase is wrong, or the key not the certificate's.
tls.createSecureContext({ pfx: fs.readFileSync(`${place}/keystore.p12`), passphrase });
console.log(JSON.stringify({
  subject: certificate.subject,
  ofKey: certificate.checkPrivateKey(key),
  signed: certificate.verify(certificate.publicKey),
  inJwk: inJwk.fingerprint256 === certificate.fingerprint256,
  ofJwk: inJwk.publicKey.equals(crypto.createPublicKey({ key: jwk, format: 'jwk' })),
}));
