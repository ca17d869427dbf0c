// Copyright: (c) 2026, keysmith.jwt contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// An authorization server on the loopback address for the tests: node oidc_provider.js SECRETS [INITIAL_ACCESS_TOKEN]
// Prints its issuer when it is ready. Every assertion and token that it sees or makes is written to the file SECRETS,
// a line each, so that a test can look for them where they must not be.

import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const [secrets, initialAccessToken] = process.argv.slice(2);
const server = createServer();

// The adapter of oidc-provider forgets, once there are too many tokens, what it has not read for long.
class Kept {
  static #all = new Map();
  constructor(model) { this.model = model; }
  #key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) { Kept.#all.set(this.#key(id), payload); }
  async find(id) { return Kept.#all.get(this.#key(id)); }
  async destroy(id) { Kept.#all.delete(this.#key(id)); }
  async consume(id) { Kept.#all.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000); }
}

const remember = (value) => {
  if (typeof value === 'string' && value) appendFileSync(secrets, `${value}\n`);
};

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    adapter: Kept,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      registration: { enabled: true, initialAccessToken: initialAccessToken || false },
      registrationManagement: { enabled: true },
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [
        'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA',
      ],
    },
  });
  provider.use(async (context, next) => {
    await next();
    remember(context.oidc?.params?.client_assertion);
    remember(context.body?.access_token);
    remember(context.body?.registration_access_token);
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
